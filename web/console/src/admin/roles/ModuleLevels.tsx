/* What a role may in each of the platform's modules: a level, or its keys one by one. */

import type { Permission } from "muster";
import { keysOf, type Level, levelOf, type Module, modulesOf, withLevel } from "../../lib/levels";
import { title } from "../../lib/text";
import { Switch } from "./Switch";

interface Props {
	catalogue: readonly Permission[];
	permissions: readonly string[];
	/** Whether that key may be given or taken by who edits. */
	isOpen(key: string): boolean;
	onChange(permissions: readonly string[]): void;
}

export function ModuleLevels({ catalogue, permissions, isOpen, onChange }: Props) {
	return (
		<section aria-label="Modules">
			<h3 className="panel-title">Modules</h3>
			<div className="levels">
				{modulesOf(catalogue).map((module) => (
					<ModuleLevel
						key={module.name}
						module={module}
						permissions={permissions}
						isOpen={isOpen}
						onChange={onChange}
					/>
				))}
			</div>
		</section>
	);
}

interface LevelProps extends Omit<Props, "catalogue"> {
	module: Module;
}

function ModuleLevel({ module, permissions, isOpen, onChange }: LevelProps) {
	const { name, keys, levels } = module;
	const level = levelOf(module, permissions);
	const offered: readonly Level[] = level === "custom" ? [...levels, "custom"] : levels;
	return (
		<fieldset className="level" data-testid={`module-${name}`} data-level={level}>
			<legend className="level-name">{title(name)}</legend>
			<div className="level-choices">
				{offered.map((one) => (
					<label key={one} className="level-choice">
						<input
							type="radio"
							name={`level-${name}`}
							data-testid={`level-${name}-${one}`}
							checked={one === level}
							disabled={one !== "custom" && !keysOf(module, one).every(isOpen)}
							onChange={() => one !== "custom" && onChange(withLevel(module, one, permissions))}
						/>
						{title(one)}
					</label>
				))}
			</div>
			{level === "custom" && (
				<div className="level-keys">
					{keys.map((permission) => (
						<Switch
							key={permission.key}
							permission={permission}
							permissions={permissions}
							isOpen={isOpen}
							onChange={onChange}
						/>
					))}
				</div>
			)}
		</fieldset>
	);
}
