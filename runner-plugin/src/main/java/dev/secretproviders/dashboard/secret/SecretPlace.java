package dev.secretproviders.dashboard.secret;

import dev.secretproviders.admin.AdminRequest;
import dev.secretproviders.dashboard.page.PageException;
import dev.secretproviders.dashboard.page.Visit;
import java.util.Map;
import java.util.TreeMap;

/**
 * A local secret as pages name it. Its path has slashes, so it is a parameter of their addresses.
 *
 * @param id the provider
 * @param path the path of the secret
 */
record SecretPlace(String id, String path) {
    /** The manager of local secrets. */
    static final String MANAGER = "local";

    static final String PAGES = "/dashboard/secrets";
    private static final String API = "/admin/secrets";

    /** Returns the place that a request names. */
    static SecretPlace of(String id, String path) {
        if (path.isBlank()) {
            throw new PageException(400, "The address does not say which secret is meant. Choose one from the list.");
        }
        return new SecretPlace(id, path.strip());
    }

    /** Returns the path of the provider's secrets in the Admin API. */
    static String list(String id) {
        return Visit.path(API, id);
    }

    /** Returns the address of the provider's list. */
    static String pages(String id) {
        return Visit.path(PAGES, id);
    }

    /** Returns its path in the Admin API. */
    String api() {
        return Visit.path(list(id), path.split("/", -1));
    }

    /** Returns the address of its page. */
    public String page() {
        return at("show");
    }

    /** Returns the address of a page about it. */
    public String at(String action) {
        return link(action, Map.of());
    }

    /** Returns the address of a page about one of its versions. */
    public String at(String action, long version) {
        return link(action, Map.of("version", Long.toString(version)));
    }

    private String link(String action, Map<String, String> more) {
        Map<String, String> query = new TreeMap<>(more);
        query.put("path", path);
        return pages(id) + "/" + action + "?" + AdminRequest.query(query);
    }

    /** Returns the provider in references. */
    public String provider() {
        return MANAGER + "/" + id;
    }

    /** Returns the reference to one of its fields. */
    public String reference(String field) {
        return "$secret://" + provider() + "/" + path + "/" + field;
    }
}
