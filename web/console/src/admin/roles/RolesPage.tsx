/* The roles and what each may. */

import { type Page, type Permission, roleList, userList } from "muster";
import { type Me, useLiveList } from "muster/react";
import { useState } from "react";
import { byName, counted } from "../../lib/text";
import { useAnswer } from "../../lib/useAnswer";
import { ListState } from "../../ui/ListState";
import { Heading } from "../Heading";
import { Item } from "../Item";
import { RoleDialog } from "./RoleDialog";
import { RolePacks } from "./RolePacks";
import "./roles.css";

const changesCatalogue = (type: string) => type.startsWith("permission.");
const NOTHING: readonly Permission[] = [];

export function RolesPage({ me }: { me: Me }) {
	const { items, error } = useLiveList(roleList);
	const users = useLiveList(userList).items;
	const catalogue = useAnswer<Page<Permission>>("permission.list", changesCatalogue)?.items ?? NOTHING;
	const [open, setOpen] = useState<string | "add" | null>(null);
	const [packs, setPacks] = useState(false);
	const close = () => setOpen(null);
	const role = items?.find(({ id }) => id === open);
	const holders = (id: string) => users?.filter(({ roles }) => roles.includes(id)).length;

	return (
		<>
			<Heading title="Roles" count={items?.length}>
				<button type="button" className="button" data-testid="role-packs" onClick={() => setPacks(true)}>
					Role packs
				</button>
				<button
					type="button"
					className="button button-main"
					data-testid="role-add"
					onClick={() => setOpen("add")}
				>
					Add role
				</button>
			</Heading>
			{items && items.length > 0 && (
				<ul className="items">
					{[...items].sort(byName).map(({ id, name, description, permissions }) => (
						<Item
							key={id}
							kind="role"
							id={id}
							data-permissions={permissions.length}
							name={name}
							more={description}
							aside={users && counted(holders(id) ?? 0, "person", "people")}
							onOpen={setOpen}
						/>
					))}
				</ul>
			)}
			<ListState shown={items?.length ?? null} error={error} empty="There are no roles." />
			{packs && <RolePacks onClose={() => setPacks(false)} />}
			{open === "add" && items && <RoleDialog me={me} roles={items} catalogue={catalogue} onClose={close} />}
			{role && items && (
				<RoleDialog
					key={role.id}
					me={me}
					role={role}
					roles={items}
					catalogue={catalogue}
					holders={holders(role.id)}
					onClose={close}
				/>
			)}
		</>
	);
}
