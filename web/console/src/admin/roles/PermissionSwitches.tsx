import type { Permission } from "muster";
import { switchesOf } from "../../lib/levels";
import { title } from "../../lib/text";
import { Switch } from "./Switch";

interface Props {
	catalogue: readonly Permission[];
	permissions: readonly string[];
	isOpen(key: string): boolean;
	onChange(permissions: readonly string[]): void;
}

/** Everything that is no level of a module, key by key. */
export function PermissionSwitches({ catalogue, ...rest }: Props) {
	return (
		<section aria-label="Permissions">
			<h3 className="panel-title">Permissions</h3>
			<div className="switches">
				{switchesOf(catalogue).map(({ name, keys }) => (
					<fieldset key={name} className="switch-group">
						<legend className="level-name">{title(name)}</legend>
						{keys.map((permission) => (
							<Switch key={permission.key} permission={permission} {...rest} />
						))}
					</fieldset>
				))}
			</div>
		</section>
	);
}
