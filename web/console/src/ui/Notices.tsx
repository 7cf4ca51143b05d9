/* Short messages over the page. They stay until they are put away; old ones make room for new ones. */

import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from "react";
import "./notices.css";

export interface NoticeText {
	title: string;
	text?: string;
}

interface Notice extends NoticeText {
	id: number;
}

interface Notices {
	add(notice: NoticeText): void;
}

const SHOWN = 3;
const NoticesContext = createContext<Notices | null>(null);

export function useNotices(): Notices {
	const notices = useContext(NoticesContext);
	if (!notices) throw new Error("There is no NoticesProvider above this component.");
	return notices;
}

export function NoticesProvider({ children }: { children: ReactNode }) {
	const [shown, setShown] = useState<readonly Notice[]>([]);
	const nextId = useRef(1);
	const add = useCallback((notice: NoticeText) => {
		const id = nextId.current++;
		setShown((before) => [...before, { ...notice, id }].slice(-SHOWN));
	}, []);
	const notices = useMemo(() => ({ add }), [add]);

	return (
		<NoticesContext.Provider value={notices}>
			{children}
			<div className="notices" role="log" aria-live="assertive">
				{shown.map(({ id, title, text }) => (
					<div key={id} className="notice" data-testid="notice">
						<div className="notice-text">
							<strong>{title}</strong>
							{text && <p>{text}</p>}
						</div>
						<button
							type="button"
							className="button-link"
							onClick={() => setShown((before) => before.filter((one) => one.id !== id))}
						>
							Dismiss
						</button>
					</div>
				))}
			</div>
		</NoticesContext.Provider>
	);
}
