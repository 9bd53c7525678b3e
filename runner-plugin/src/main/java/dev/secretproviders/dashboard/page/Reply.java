package dev.secretproviders.dashboard.page;

import dev.secretproviders.admin.rest.Answer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the Admin API answered to a page.
 *
 * @param body the JSON, or {@link Item#EMPTY}
 * @param stream writes a file to download; null for all but downloads
 * @param revision the {@code ETag} of the object, for {@link Visit#send}; empty if it has none
 */
public record Reply(int status, Item body, Answer.@Nullable Stream stream, String revision) {

    static Reply of(Answer answer) {
        return new Reply(
                answer.status(),
                answer.body() == null ? Item.EMPTY : new Item(answer.body()),
                answer.stream(),
                answer.headers().getOrDefault("ETag", ""));
    }

    /** Returns whether the call succeeded. */
    public boolean ok() {
        return status < 300;
    }

    /** Returns why it failed, empty if it succeeded. */
    public String error() {
        return ok() ? "" : body.text("error_msg");
    }

    /** Returns each problem of a body that was refused, such as {@code auth.method: is required}. */
    public List<String> problems() {
        return body.texts("problems");
    }

    /**
     * Returns the body.
     *
     * @throws PageException if the call failed; the reader then sees its status and message as a page
     */
    public Item orFail() {
        if (!ok()) {
            throw new PageException(status, error());
        }
        return body;
    }
}
