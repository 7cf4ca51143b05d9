/*
 * What a form changes of a record. Only that is sent: what somebody else has changed meanwhile in the fields that
 * were left alone stays as they have it.
 */

type Value = string | number | boolean | null | readonly string[];

/** The order in lists means nothing. */
function same(a: Value | undefined, b: Value): boolean {
	if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
	return a.length === b.length && a.every((one) => b.includes(one));
}

export function changedFields<Given extends Record<string, Value>>(
	before: { readonly [Name in keyof Given]?: Value },
	given: Given,
): Partial<Given> {
	const changed = Object.entries(given).filter(([name, value]) => !same(before[name], value));
	return Object.fromEntries(changed) as Partial<Given>;
}
