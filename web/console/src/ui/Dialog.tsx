/* A modal window: the browser's own, which keeps the focus inside and closes with Escape. */

import { type MouseEvent, type ReactNode, useId, useLayoutEffect, useRef } from "react";
import "./dialog.css";

interface Props {
	title: ReactNode;
	children: ReactNode;
	onClose(): void;
}

export function Dialog({ title, children, onClose }: Props) {
	const dialog = useRef<HTMLDialogElement>(null);
	const titleId = useId();

	/* Closed while it is still there, it gives the focus back to what it was opened from. */
	useLayoutEffect(() => {
		const element = dialog.current;
		element?.showModal();
		return () => element?.close();
	}, []);

	/* Everything inside lies on the body: a click on the element itself is one on the backdrop. */
	const onBackdrop = (event: MouseEvent) => {
		if (event.target === dialog.current) onClose();
	};

	return (
		// biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it by itself
		<dialog
			ref={dialog}
			className="dialog"
			aria-labelledby={titleId}
			onCancel={(event) => {
				event.preventDefault();
				onClose();
			}}
			onClick={onBackdrop}
		>
			<div className="dialog-body">
				<header className="dialog-head">
					<h2 id={titleId}>{title}</h2>
					<button
						type="button"
						className="button button-quiet button-icon"
						aria-label="Close"
						onClick={onClose}
					>
						<svg viewBox="0 0 16 16" aria-hidden="true">
							<path d="m4 4 8 8M12 4l-8 8" />
						</svg>
					</button>
				</header>
				{children}
			</div>
		</dialog>
	);
}
