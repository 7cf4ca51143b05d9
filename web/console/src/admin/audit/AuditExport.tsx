/* The whole of what fits as a file, by HTTP: it may be longer than any page could hold. */

import { MusterError } from "muster";
import { useAuth } from "../../lib/auth";
import { useAction } from "../../ui/useAction";

const formats = [
	{ id: "csv", label: "CSV" },
	{ id: "jsonl", label: "JSON lines" },
] as const;

export function AuditExport({ query }: { query: Readonly<Record<string, string>> }) {
	const token = useAuth()?.token ?? "";
	const { busy, error, run } = useAction();

	const save = async (format: string) => {
		const params = new URLSearchParams({ ...query, format });
		const answer = await fetch(`/v1/audit?${params}`, { headers: { authorization: `Bearer ${token}` } });
		if (!answer.ok) throw new MusterError("internal", `The hub answered ${answer.status}.`);
		const address = URL.createObjectURL(await answer.blob());
		const link = document.createElement("a");
		link.href = address;
		link.download = `audit.${format}`;
		link.click();
		URL.revokeObjectURL(address);
	};

	return (
		<>
			{error && (
				<p className="form-error" role="alert">
					{error}
				</p>
			)}
			{formats.map(({ id, label }) => (
				<button
					key={id}
					type="button"
					className="button"
					data-testid={`audit-export-${id}`}
					aria-label={`Export as ${label}`}
					disabled={busy}
					onClick={() => run(() => save(id))}
				>
					{label}
				</button>
			))}
		</>
	);
}
