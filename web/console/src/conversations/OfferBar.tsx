/*
 * What is offered to oneself, over every page: an offer doesn't wait for the page that lists them. While the page is not
 * in front, its title says so.
 */

import { type Conversation, conversationList } from "muster";
import { type Me, useLiveList } from "muster/react";
import { useEffect, useMemo } from "react";
import { offersTo, subjectOf } from "../lib/conversations";
import { type Names, useNames } from "../lib/useNames";
import { conversationRoute, goTo, routeHref } from "../lib/useRoute";
import { Countdown } from "../ui/Countdown";
import { PriorityMark } from "../ui/PriorityMark";
import { useActs } from "./useActs";
import "./offers.css";

const TITLE = "Muster";

export function OfferBar({ me }: { me: Me }) {
	const { items } = useLiveList(conversationList);
	const names = useNames();
	const { id } = me.session.user;
	const offers = useMemo(() => offersTo(id, items ?? []), [id, items]);
	const count = offers.length;

	useEffect(() => {
		if (count === 0) return;
		document.title = `(${count}) Offered to you – ${TITLE}`;
		return () => {
			document.title = TITLE;
		};
	}, [count]);

	return (
		<section className="offers" aria-label="Offered to you" aria-live="assertive" data-count={count}>
			{offers.map((offer) => (
				<Offer key={offer.id} offer={offer} names={names} readOnly={me.session.view_as !== undefined} />
			))}
		</section>
	);
}

function Offer({ offer, names, readOnly }: { offer: Conversation; names: Names; readOnly: boolean }) {
	const { id, team, channel, priority, offer_expires_at } = offer;
	const { busy, act } = useActs(offer);
	const about = [team && names.team(team), channel].filter(Boolean).join(" · ");
	const accept = async () => {
		if (await act("conversation.accept")) goTo(conversationRoute(id));
	};
	return (
		<div className="offer" data-testid={`offer-${id}`}>
			<div className="offer-text">
				<span className="offer-kicker">Offered to you</span>
				<a className="offer-subject" href={routeHref(conversationRoute(id))}>
					{subjectOf(offer)}
				</a>
				<span className="offer-about">
					<PriorityMark priority={priority} />
					{about}
				</span>
			</div>
			{/* Hidden from screen readers, which would read out each second of it. */}
			<span className="offer-left" aria-hidden="true" data-testid={`offer-left-${id}`}>
				{offer_expires_at && <Countdown until={offer_expires_at} />}
			</span>
			{!readOnly && (
				<div className="offer-acts">
					<button
						type="button"
						className="button"
						data-testid={`decline-${id}`}
						aria-label={`Decline ${subjectOf(offer)}`}
						disabled={busy}
						onClick={() => act("conversation.decline")}
					>
						Decline
					</button>
					<button
						type="button"
						className="button button-main"
						data-testid={`accept-${id}`}
						aria-label={`Accept ${subjectOf(offer)}`}
						disabled={busy}
						onClick={accept}
					>
						Accept
					</button>
				</div>
			)}
		</div>
	);
}
