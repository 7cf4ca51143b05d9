import type { ReactNode } from "react";
import { ActButton } from "./ActButton";

interface Props {
	/** The row is found by `<kind>-<id>`, its button by `<kind>-open-<id>`. */
	kind: string;
	id: string;
	name: string;
	more: ReactNode;
	/** Beside both lines. */
	aside?: ReactNode;
	onOpen(id: string): void;
	[data: `data-${string}`]: unknown;
}

/** A row of a list of things that are not people: what it is called, and what more there is to say. */
export function Item({ kind, id, name, more, aside, onOpen, ...data }: Props) {
	return (
		<li className="item item-plain" data-testid={`${kind}-${id}`} {...data}>
			<span className="item-name">{name}</span>
			<span className="item-more">{more}</span>
			<span className="item-cell item-soft">{aside}</span>
			<ActButton name={name} testId={`${kind}-open-${id}`} onAct={() => onOpen(id)} />
		</li>
	);
}
