/*
 * The client: keeps one live session with the hub. It comes back by itself after anything but a refusal,
 * resumes behind the last event that it has seen, hands out each event once and in order, and holds the
 * presence of the people it watches.
 */

import { blamesWhatWeSent, type CloseReason, readClose } from "./close";
import type { CommandName, Commands } from "./commands";
import { Emitter } from "./emitter";
import { ClosedError, type MusterError } from "./errors";
import type { ConnectionState, EventData, MusterEvents } from "./events";
import { defaultSocket } from "./host";
import { Link } from "./link";
import type { ClientOptions } from "./options";
import { PresenceStore } from "./presence-store";
import { PresenceSync } from "./presence-sync";
import { type Answer, type CallOptions, Requests } from "./requests";
import { Retry } from "./retry";
import { withChange, withSelf } from "./settings";
import { SilenceWatch } from "./silence";
import { EventStream } from "./stream";
import type { ActivityState, Params, PresenceScope, ServerEvent, SessionInfo, SessionOpened } from "./types";

const CLOSED_BY_OWNER: CloseReason = {
	code: 1000,
	kind: "closed_by_owner",
	retryAfterMs: 0,
	comeback: "never",
};
const NO_TOKEN: CloseReason = { code: 0, kind: "no_token", retryAfterMs: 0, comeback: "backoff" };

export class MusterClient {
	readonly presence = new PresenceStore();
	readonly #options: ClientOptions;
	readonly #emitter = new Emitter<MusterEvents>();
	readonly #requests: Requests;
	readonly #silence: SilenceWatch;
	readonly #sync: PresenceSync;
	readonly #stream: EventStream;
	readonly #retry: Retry;
	#state: ConnectionState = { phase: "idle" };
	#session: SessionInfo | null = null;
	#scope: PresenceScope;
	#token: ClientOptions["token"];
	#activity: ActivityState = "active";
	#link: Link | undefined;
	#turn = 0;

	constructor(options: ClientOptions) {
		if (!/^wss?:\/\//.test(options.url)) throw new TypeError(`Not a WebSocket address: ${options.url}`);
		this.#options = options;
		const random = options.random ?? Math.random;
		this.#retry = new Retry(options.backoff, random);
		this.#scope = options.watch ?? "all";
		this.#token = options.token;
		this.#stream = new EventStream(options.cursor);
		this.#requests = new Requests((text) => this.#link?.send(text) ?? false, options.callTimeoutMs ?? 20_000);
		this.#silence = new SilenceWatch({ probe: () => this.#tellActivity(), dead: () => this.#link?.giveUp() });
		const fetch = () => this.call("presence.get", { scope: this.#scope });
		this.#sync = new PresenceSync(this.presence, fetch, random);
	}

	get connection(): ConnectionState {
		return this.#state;
	}

	/** Of the last session that was open, also while reconnecting. */
	get session(): SessionInfo | null {
		return this.#session;
	}

	/** To go on from in a later client. */
	get cursor(): string | undefined {
		return this.#stream.cursor;
	}

	/** The hub's time, as far as it can be told from its events. */
	now(): number {
		return Date.now() - this.#stream.clockSkewMs;
	}

	on<Name extends keyof MusterEvents>(name: Name, listener: (value: MusterEvents[Name]) => void): () => void {
		return this.#emitter.on(name, listener);
	}

	/** Starts, also after an end; while waiting to reconnect, tries at once. Else without effect. */
	connect(): void {
		const { phase } = this.#state;
		if (phase === "idle" || phase === "closed") {
			this.#retry.reset();
			this.#setState({ phase: "connecting" });
			void this.#attempt();
		} else if (this.#retry.pending) {
			this.#retry.cancel();
			void this.#attempt();
		}
	}

	/** Ends the session cleanly. Requests under way end with a ClosedError. */
	close(): void {
		if (this.#state.phase === "closed") return;
		this.#shut(CLOSED_BY_OWNER);
	}

	/** Answers once the session is open; fails if the client is closed first. */
	ready(): Promise<SessionInfo> {
		return new Promise((resolve, reject) => {
			const settle = (): boolean => {
				if (this.#state.phase === "live" && this.#session) resolve(this.#session);
				else if (this.#state.phase === "closed") reject(new ClosedError(this.#state.reason.kind));
				else return false;
				return true;
			};
			if (settle()) return;
			const off = this.on("connection", () => {
				if (settle()) off();
			});
		});
	}

	/**
	 * Runs a command. While there is no connection it waits for one; if the connection breaks before the
	 * answer, it fails with a ConnectionLostError unless it is `idempotent`.
	 */
	call<Name extends CommandName>(
		method: Name,
		params: Commands[Name]["params"],
		options?: CallOptions,
	): Promise<Commands[Name]["result"]>;
	call<Result = unknown>(method: string, params?: Params, options?: CallOptions): Promise<Result>;
	call(method: string, params: object = {}, options: CallOptions = {}): Promise<unknown> {
		if (this.#state.phase === "closed") return Promise.reject(new ClosedError(this.#state.reason.kind));
		return this.#requests.call(method, params as Params, options, this.#state.phase === "live");
	}

	/** Follows other people from now on, and after each reconnect. */
	async watch(scope: PresenceScope): Promise<void> {
		await this.#sync.replaceBy(() => this.call("presence.watch", { scope }));
		this.#scope = scope;
	}

	/** Goes on with a new token, without a new connection. */
	async refresh(token: string): Promise<void> {
		await this.call("session.refresh", { token });
		this.#token = token;
	}

	/** Whether the person is at this device. The hub is told when it changes. */
	setActivity(state: ActivityState): void {
		if (state === this.#activity) return;
		this.#activity = state;
		if (this.#state.phase === "live") this.#tellActivity();
	}

	/** To be called when the network or the program comes back: looks at the connection now. */
	nudge(): void {
		if (this.#retry.pending) this.connect();
		else this.#silence.look();
	}

	async #attempt(): Promise<void> {
		const turn = ++this.#turn;
		if (this.#state.phase === "reconnecting") this.#setState({ ...this.#state, retryAt: null });
		let token: string;
		try {
			token = typeof this.#token === "string" ? this.#token : await this.#token();
		} catch {
			if (turn === this.#turn) this.#ended(NO_TOKEN);
			return;
		}
		if (turn !== this.#turn) return;
		const Socket = this.#options.WebSocket ?? defaultSocket();
		this.#link = new Link(Socket, this.#options.url, this.#options.openTimeoutMs ?? 15_000, {
			opened: () => this.#open(token),
			message: (message) => this.#received(message),
			ended: (code, reason) => this.#ended(readClose(code, reason)),
		});
	}

	#open(token: string): void {
		const { cursor } = this.#stream;
		const params = {
			token,
			device: this.#options.device,
			...(cursor === undefined ? {} : { resume: { cursor } }),
			watch: { presence: this.#scope },
		};
		const opened = (result: unknown) => this.#opened(result as SessionOpened);
		this.#requests.opening("session.open", params, opened, (error) => this.#refused(error));
	}

	#opened(result: SessionOpened): void {
		const { session, workspace, user, permissions, must_enroll = false, view_as } = result;
		this.#link?.established();
		this.#retry.opened();
		this.#session = {
			session,
			workspace,
			user,
			chosen: result.chosen ?? null,
			permissions,
			settings: result.settings ?? { statuses: [], idle_after_ms: 0 },
			must_enroll,
			...(view_as && { view_as }),
		};
		const resync = this.#stream.opened(result);
		if (result.presence) this.#sync.start(result.presence);
		this.#silence.start(result.ping_interval_ms);
		this.#setState({ phase: "live" });
		this.#emitter.emit("session", this.#session);
		if (resync) this.#emitter.emit("resync", this.#session);
		if (this.#activity !== "active") this.#tellActivity();
		this.#requests.flush();
	}

	#refused(error: MusterError): void {
		/* The link has ended, and that has been dealt with. */
		if (error.kind === "connection_lost" || error.kind === "closed") return;
		const comeback = error.temporary ? "advised" : "never";
		this.#ended({ code: 0, kind: error.kind, retryAfterMs: error.retryAfterMs, comeback });
	}

	#received(message: Answer & { method?: unknown; params?: unknown }): void {
		this.#silence.heard();
		if (message.method === undefined) this.#requests.settle(message);
		else if (message.method === "event" && message.params) this.#event(message.params as ServerEvent);
	}

	#event(event: ServerEvent): void {
		if (!this.#stream.accept(event)) return;
		this.#take(event);
		this.#emitter.emit(event.type as `${string}.${string}`, event);
		this.#emitter.emit("event", event);
	}

	/* Those that change what the client itself holds. */
	#take(event: ServerEvent): void {
		const { type, data } = event;
		if (type === "presence.diff") this.#sync.diff(data as EventData<"presence.diff">);
		else if (type === "presence.counts")
			this.presence.setCounts((data as EventData<"presence.counts">).counts);
		else if (type === "permissions.changed")
			this.#permissionsChanged(data as EventData<"permissions.changed">);
		else if (type === "presence.chosen") this.#choiceChanged(data as EventData<"presence.chosen">);
		else if (type === "workspace.updated")
			this.#tellSession(this.#session && withChange(this.#session, data as EventData<"workspace.updated">));
		else this.#selfChanged(event);
	}

	#selfChanged(event: ServerEvent): void {
		const changed = this.#session && withSelf(this.#session, event);
		if (changed !== this.#session) this.#tellSession(changed);
	}

	#permissionsChanged(data: EventData<"permissions.changed">): void {
		const { user, permissions, must_enroll = false } = data;
		if (!this.#session || !permissions || (user !== undefined && user !== this.#session.user.id)) return;
		this.#tellSession({ ...this.#session, permissions, must_enroll });
	}

	#choiceChanged({ user, status, note, until }: EventData<"presence.chosen">): void {
		if (user === this.#session?.user.id)
			this.#tellSession({ ...this.#session, chosen: { status, note, until } });
	}

	#tellSession(session: SessionInfo | null): void {
		this.#session = session;
		if (session) this.#emitter.emit("session", session);
	}

	#tellActivity(): void {
		/* Nothing hangs on the answer: the state is told again after each reconnect. */
		this.call("session.activity", { state: this.#activity }).catch(() => {});
	}

	#ended(reason: CloseReason): void {
		if (reason.comeback === "never") {
			this.#shut(reason);
			return;
		}
		this.#leave();
		this.#requests.lost(!blamesWhatWeSent(reason));
		const retryAt = Date.now() + this.#retry.plan(reason, () => void this.#attempt());
		this.#setState({ phase: "reconnecting", attempt: this.#retry.failures, retryAt, reason });
	}

	#shut(reason: CloseReason): void {
		this.#leave();
		this.#setState({ phase: "closed", reason });
		this.#requests.failAll(new ClosedError(reason.kind));
	}

	/* Of the link that is left nothing is heard any more, not even its end. */
	#leave(): void {
		this.#turn++;
		this.#link?.abandon();
		this.#link = undefined;
		this.#retry.cancel();
		this.#silence.stop();
		this.#sync.stop();
	}

	#setState(state: ConnectionState): void {
		this.#state = state;
		this.#emitter.emit("connection", state);
	}
}
