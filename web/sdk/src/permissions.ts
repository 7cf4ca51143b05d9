/* Permission keys such as `presence.view:team`; the wider scope includes the narrower, none is the widest. */

const SCOPES = ["own", "unassigned", "team", "all"];

/** Whether a person with these permissions may do what `need` names. */
export function may(permissions: readonly string[], need: string): boolean {
	const [key = "", scope] = need.split(":");
	if (scope === undefined || !SCOPES.includes(scope)) return permissions.includes(need);
	const enough = SCOPES.slice(SCOPES.indexOf(scope)).map((wider) => `${key}:${wider}`);
	return [key, ...enough].some((held) => permissions.includes(held));
}
