import { useMemo } from "react";
import { encode } from "uqr";

/** A text as a QR code, dark on light in any theme: scanners expect it so. */
export function QrCode({ text, label }: { text: string; label: string }) {
	const { data, size } = useMemo(() => encode(text, { border: 2 }), [text]);
	const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ""))).join("");
	return (
		<svg
			className="qr"
			viewBox={`0 0 ${size} ${size}`}
			role="img"
			aria-label={label}
			shapeRendering="crispEdges"
		>
			<rect width={size} height={size} fill="#fff" />
			<path d={path} fill="#000" />
		</svg>
	);
}
