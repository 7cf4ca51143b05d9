import { useEffect, useRef } from "react";
import { Field } from "./Field";

interface Props {
	label: string;
	testId: string;
	error?: string | undefined;
}

/** For a one-time code. It appears when it is to be filled in, so it takes the focus. */
export function CodeField({ label, testId, error }: Props) {
	const box = useRef<HTMLDivElement>(null);
	useEffect(() => box.current?.querySelector("input")?.focus(), []);
	return (
		<div ref={box}>
			<Field name="code" label={label} testId={testId} autoComplete="one-time-code" error={error} />
		</div>
	);
}
