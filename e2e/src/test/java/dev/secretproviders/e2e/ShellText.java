package dev.secretproviders.e2e;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The meaning of each character of a script to a shell. It supports the grammar of the documentation's short commands.
 *
 * @param bare the script with a {@code x} for each quoted character, to find patterns and comments
 * @param expanded the script with a {@code "} for each character where variables are not expanded
 */
record ShellText(String bare, String expanded) {
    private enum Context {
        BARE,
        DOUBLE,
        LITERAL
    }

    static ShellText of(String script) {
        return new Scan(script).run();
    }

    private static final class Scan {
        private final String script;
        private final StringBuilder bare = new StringBuilder();
        private final StringBuilder expanded = new StringBuilder();
        /** The quotes and command substitutions around the character, innermost first. */
        private final Deque<Context> contexts = new ArrayDeque<>();

        private int at;

        Scan(String script) {
            this.script = script;
            contexts.push(Context.BARE);
        }

        ShellText run() {
            String end = "";
            while (at < script.length()) {
                char c = script.charAt(at);
                Context context = contexts.getFirst();
                if (c == '\\' && context != Context.LITERAL) {
                    take(2, Context.LITERAL);
                } else if (c == '\'' && context == Context.BARE) {
                    int close = script.indexOf('\'', at + 1);
                    take(close < 0 ? script.length() : close + 1 - at, Context.LITERAL);
                } else if (c == '"') {
                    take(1, Context.LITERAL);
                    toggleDouble(context);
                } else if (script.startsWith("$(", at)) {
                    take(2, Context.BARE);
                    contexts.push(Context.BARE);
                } else if (c == '(' && context == Context.BARE) {
                    take(1, context);
                    contexts.push(Context.BARE);
                } else if (c == ')' && context == Context.BARE && contexts.size() > 1) {
                    contexts.pop();
                    take(1, Context.BARE);
                } else if (script.startsWith("<<", at) && context == Context.BARE) {
                    int line = script.indexOf('\n', at);
                    end = script.substring(at + 2, line).split("[ >|]", 2)[0];
                    take(2 + end.length(), Context.LITERAL);
                } else if (c == '\n' && !end.isEmpty()) {
                    take(1, Context.BARE);
                    document(end);
                    end = "";
                } else {
                    take(1, context);
                }
            }
            return new ShellText(bare.toString(), expanded.toString());
        }

        private void toggleDouble(Context context) {
            if (context == Context.DOUBLE) {
                contexts.pop();
            } else {
                contexts.push(Context.DOUBLE);
            }
        }

        /** A here-document extends to the line with its delimiter; with a quoted delimiter nothing is expanded. */
        private void document(String end) {
            String word = end.replaceAll("['\"-]", "");
            int length = script.indexOf("\n" + word + "\n", at - 1) + 1 + word.length() - at;
            take(length, end.equals(word) ? Context.DOUBLE : Context.LITERAL);
        }

        private void take(int count, Context context) {
            for (int last = Math.min(at + count, script.length()); at < last; at++) {
                char c = script.charAt(at);
                // A quoted line feed does not end a line.
                bare.append(context == Context.BARE ? c : 'x');
                expanded.append(context == Context.LITERAL ? '"' : c);
            }
        }
    }
}
