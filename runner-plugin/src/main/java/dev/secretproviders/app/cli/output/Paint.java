package dev.secretproviders.app.cli.output;

import picocli.CommandLine.Help.Ansi;

/** Colours for a terminal. Immutable. */
public final class Paint {
    private static final String END = "\u001b[0m";

    private final boolean on;

    private Paint(boolean on) {
        this.on = on;
    }

    /** Returns colours if the output is a terminal, and neither {@code NO_COLOR} nor another such variable forbids them. */
    public static Paint ofTerminal() {
        return new Paint(Ansi.AUTO.enabled());
    }

    /** Returns no colours. */
    public static Paint none() {
        return new Paint(false);
    }

    /** Returns a text about what works, or is added. */
    public String good(String text) {
        return painted("\u001b[32m", text);
    }

    /** Returns a text about what does not work, or is removed. */
    public String bad(String text) {
        return painted("\u001b[31m", text);
    }

    /** Returns a text that wants attention. */
    public String attention(String text) {
        return painted("\u001b[33m", text);
    }

    private String painted(String colour, String text) {
        return on ? colour + text + END : text;
    }
}
