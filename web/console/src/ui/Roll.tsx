/* The mark of Muster: people in rows, some here, some away. An ornament, the same at each rendering. */

interface Props {
	columns: number;
	rows: number;
	seed: number;
}

const STEP = 10;
const kinds = ["here", "here", "here", "away", "gone", "gone"] as const;

export function Roll({ columns, rows, seed }: Props) {
	const places = Array.from({ length: columns * rows }, (_, n) => ({
		x: (n % columns) * STEP + STEP / 2,
		y: Math.floor(n / columns) * STEP + STEP / 2,
		kind: kinds[spread(n + seed * 101) % kinds.length],
	}));
	return (
		<svg
			className="roll"
			viewBox={`0 0 ${columns * STEP} ${rows * STEP}`}
			aria-hidden="true"
			focusable="false"
		>
			{places.map(({ x, y, kind }) => (
				<circle key={`${x} ${y}`} className={`roll-${kind}`} cx={x} cy={y} r={kind === "gone" ? 2.4 : 3} />
			))}
		</svg>
	);
}

/* Scatters neighbouring numbers: a few rounds of multiply and shift. */
function spread(n: number): number {
	let mixed = Math.imul(n ^ (n >>> 15), 0x2c1b3c6d);
	mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
	return (mixed ^ (mixed >>> 15)) >>> 0;
}
