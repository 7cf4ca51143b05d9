import type { ReactNode } from "react";
import { Brand } from "../ui/Brand";
import { Roll } from "../ui/Roll";
import "./signin.css";

/** What whoever is not signed in sees around the form. */
export function Entrance({ title, children }: { title: string; children: ReactNode }) {
	return (
		<div className="signin">
			<aside className="signin-side" aria-hidden="true">
				<Roll columns={12} rows={14} seed={3} />
				<p className="signin-motto">
					Everyone on duty,
					<br />
					at a glance.
				</p>
			</aside>
			<main className="signin-main">
				<Brand />
				<h1>{title}</h1>
				{children}
			</main>
		</div>
	);
}
