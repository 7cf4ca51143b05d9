/* Texts as people search and read them. */

/** Without case and accents, for comparing. */
export const folded = (text: string): string =>
	text
		.normalize("NFD")
		.replace(/\p{Diacritic}/gu, "")
		.toLowerCase();

/** A sentence: with a capital letter and an end. */
export function sentence(text: string): string {
	const whole = text.charAt(0).toUpperCase() + text.slice(1);
	return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}

/** A name of programs for people: "custom_fields" as "Custom fields", "cms" as "CMS". */
export function title(name: string): string {
	const words = name.replaceAll("_", " ");
	return words.length <= 3 ? words.toUpperCase() : words.charAt(0).toUpperCase() + words.slice(1);
}

/** "1 person", "2 people". */
export const counted = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

export const byName = (a: { name: string; id: string }, b: { name: string; id: string }): number =>
	a.name.localeCompare(b.name) || a.id.localeCompare(b.id);

/** The names that ids stand for; an id that is not known stands for itself. */
export function namesOf(ids: readonly string[], known: ReadonlyArray<{ id: string; name: string }>): string {
	return ids.map((id) => known.find((one) => one.id === id)?.name ?? id).join(", ");
}
