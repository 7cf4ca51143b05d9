import { Brand } from "../ui/Brand";
import { Roll } from "../ui/Roll";
import { SignInForm } from "./SignInForm";
import "./signin.css";

/** `notice` says why one is here again. */
export function SignIn({ notice }: { notice: string | null }) {
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
				<h1>Sign in</h1>
				{notice && (
					<p className="signin-notice" role="status" data-testid="login-notice">
						{notice}
					</p>
				)}
				<SignInForm />
			</main>
		</div>
	);
}
