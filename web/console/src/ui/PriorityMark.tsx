import type { Priority } from "muster";

const labels: Readonly<Record<Priority, string | null>> = {
	urgent: "Urgent",
	high: "High",
	normal: null,
	low: "Low",
};

/** Says a priority that is out of the ordinary. */
export function PriorityMark({ priority }: { priority: Priority }) {
	const label = labels[priority];
	if (label === null) return null;
	return (
		<span className="mark" data-priority={priority}>
			{label}
		</span>
	);
}
