import { Entrance } from "./Entrance";
import { SignInForm } from "./SignInForm";

/** `notice` says why one is here again. */
export function SignIn({ notice }: { notice: string | null }) {
	return (
		<Entrance title="Sign in">
			{notice && (
				<p className="signin-notice" role="status" data-testid="login-notice">
					{notice}
				</p>
			)}
			<SignInForm />
		</Entrance>
	);
}
