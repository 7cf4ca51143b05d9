/* Enrolling in steps: prove who one is if the hub asks, scan, confirm. */

import { useMuster } from "muster/react";
import { useState } from "react";
import { asksForCode } from "../lib/messages";
import { CodeField } from "../ui/CodeField";
import { Field } from "../ui/Field";
import { filled, useForm } from "../ui/useForm";
import { CodeForm } from "./CodeForm";
import { QrCode } from "./QrCode";

interface Props {
	onCodes(codes: string[]): void;
	/** A code is being confirmed (true), or was refused. */
	onConfirming?(confirming: boolean): void;
}

const LATER = ["password", "code"];

interface Offer {
	secret: string;
	uri: string;
}

export function Enroll(props: Props) {
	const [offer, setOffer] = useState<Offer | null>(null);
	return offer ? <Confirm offer={offer} {...props} /> : <Begin onOffer={setOffer} />;
}

function Begin({ onOffer }: { onOffer(offer: Offer): void }) {
	const client = useMuster();
	const [asked, setAsked] = useState({ password: false, code: false });
	const form = useForm(async (data) => onOffer(await client.call("totp.enroll", filled(data))), LATER);
	const needs = {
		password: asked.password || "password" in form.fields,
		code: asked.code || asksForCode(form.refusal),
	};
	if (needs.password !== asked.password || needs.code !== asked.code) setAsked(needs);

	return (
		<form className="security-form" onSubmit={form.onSubmit} noValidate>
			<p>
				You need an authenticator app on your phone. Whoever signs in as you then needs your password and a
				code that only the app shows.
			</p>
			{needs.password && (
				<Field
					name="password"
					type="password"
					label="Your password again"
					testId="enroll-password"
					autoComplete="current-password"
					error={form.fields.password}
				/>
			)}
			{needs.code && (
				<CodeField
					label="A code of the app that you use now"
					testId="enroll-present-code"
					error={form.fields.code}
				/>
			)}
			{form.error && !asksForCode(form.refusal) && (
				<p className="form-error" role="alert">
					{form.error}
				</p>
			)}
			<button type="submit" className="button button-main" data-testid="enroll-begin" disabled={form.busy}>
				{needs.password || needs.code ? "Continue" : "Set up an app"}
			</button>
		</form>
	);
}

function Confirm({ offer, onCodes, onConfirming }: Props & { offer: Offer }) {
	const client = useMuster();
	const confirm = async (code: string) => {
		onConfirming?.(true);
		try {
			onCodes((await client.call("totp.confirm", { code })).recovery_codes);
		} catch (error) {
			onConfirming?.(false);
			throw error;
		}
	};
	return (
		<div className="enroll">
			<QrCode text={offer.uri} label="QR code with the secret for your app" />
			<div>
				<p>Scan this with the app. If it can't scan, type this key:</p>
				<p className="secret" data-testid="enroll-secret">
					{offer.secret.replace(/(.{4})(?=.)/g, "$1 ")}
				</p>
				<CodeForm
					label="The code that the app shows"
					action="Confirm"
					testId="enroll-confirm"
					onCode={confirm}
				/>
			</div>
		</div>
	);
}
