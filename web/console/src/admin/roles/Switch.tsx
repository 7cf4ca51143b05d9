import type { Permission } from "muster";

interface Props {
	permission: Permission;
	permissions: readonly string[];
	isOpen(key: string): boolean;
	onChange(permissions: readonly string[]): void;
}

export function Switch({ permission: { key, help }, permissions, isOpen, onChange }: Props) {
	const open = isOpen(key);
	return (
		<label className="check switch" title={open ? undefined : "You don't hold this yourself."}>
			<input
				type="checkbox"
				data-testid={`permission-${key}`}
				checked={permissions.includes(key)}
				disabled={!open}
				onChange={({ target }) =>
					onChange(target.checked ? [...permissions, key] : permissions.filter((one) => one !== key))
				}
			/>
			<span>
				{help} <code className="switch-key">{key}</code>
			</span>
		</label>
	);
}
