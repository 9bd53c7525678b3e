package dev.secretproviders.app.cli.declared;

import java.util.Locale;

/** What happens to an object. */
enum Verb {
    CREATE("+", "created"),
    UPDATE("~", "updated"),
    DELETE("-", "deleted");

    private final String sign;
    private final String past;

    Verb(String sign, String past) {
        this.sign = sign;
        this.past = past;
    }

    /** Returns the sign in a plan. */
    String sign() {
        return sign;
    }

    /** Returns the word for a change that was made. */
    String past() {
        return past;
    }

    /** Returns the word for a change to be made. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
