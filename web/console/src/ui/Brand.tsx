import { Roll } from "./Roll";
import "./brand.css";

export function Brand({ workspace }: { workspace?: string | undefined }) {
	return (
		<div className="brand">
			<Roll columns={3} rows={2} seed={10} />
			<span className="brand-name">Muster</span>
			{workspace && <span className="brand-workspace">{workspace}</span>}
		</div>
	);
}
