/* Words that most bad passwords are made of, in lower case; password.c compares a password with them, and
 * what is left of it without its trimmings and with letters for look-alikes. Only what can reach the least
 * length with a few trimmings needs to stand here. */
#ifndef MUSTER_AUTH_COMMON_PASSWORDS_H
#define MUSTER_AUTH_COMMON_PASSWORDS_H

static const char *const common_passwords[] = {
	"0123456789",   "1234567890",    "12345678910", "123456789",   "12345678",
	"1234567",      "123456",        "987654321",   "1q2w3e4r5t",  "1q2w3e4r",
	"1qaz2wsx3edc", "1qaz2wsx",      "q1w2e3r4t5",  "qazwsxedc",   "qwerty",
	"qwertyui",     "qwertyuiop",    "qwertz",      "qwertzuiop",  "azerty",
	"azertyuiop",   "asdfgh",        "asdfghjkl",   "zxcvbn",      "zxcvbnm",
	"abc",          "abcd",          "abcdef",      "abcdefg",     "abcdefgh",
	"password",     "passwords",     "passwort",    "motdepasse",  "contrasena",
	"parola",       "senha",         "haslo",       "wachtwoord",  "salasana",
	"mypassword",   "thepassword",   "newpassword", "passphrase",  "changeme",
	"changethis",   "letmein",       "welcome",     "welcomeback", "bienvenue",
	"willkommen",   "hello",         "helloworld",  "hallo",       "iloveyou",
	"ilovegod",     "iloveu",        "loveyou",     "lovely",      "love",
	"sunshine",     "princess",      "football",    "baseball",    "basketball",
	"superman",     "batman",        "spiderman",   "starwars",    "pokemon",
	"dragon",       "monkey",        "shadow",      "master",      "michael",
	"jennifer",     "jordan",        "jessica",     "charlie",     "trustno",
	"whatever",     "freedom",       "computer",    "internet",    "internetexplorer",
	"google",       "facebook",      "samsung",     "android",     "windows",
	"admin",        "administrator", "root",        "user",        "username",
	"guest",        "test",          "testing",     "tester",      "demo",
	"login",        "access",        "secret",      "topsecret",   "default",
	"temp",         "temporary",     "system",      "manager",     "support",
	"service",      "office",        "company",     "spring",      "summer",
	"autumn",       "winter",        "january",     "february",    "april",
	"august",       "september",     "october",     "november",    "december",
	"monday",       "friday",        "sunday",      "liverpool",   "chelsea",
	"arsenal",      "barcelona",     "chocolate",   "butterfly",   "blahblah",
	"nothing",      "muster",        "agent",       "operator",    "supervisor",
};

#endif
