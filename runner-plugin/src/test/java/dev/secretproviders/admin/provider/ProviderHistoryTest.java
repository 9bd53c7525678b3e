package dev.secretproviders.admin.provider;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.admin.AdminFixture;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Who changed a provider object when, and what. */
final class ProviderHistoryTest {
    private static final String PATH = "/admin/providers/vault/prod";
    private static final String OBJECT =
            "{'uri': 'http://127.0.0.1:1', 'prefix': '%s', 'token': 'c4n4ry', 'labels': {'team': '%s'}}";

    @TempDir
    private Path directory;

    private AdminFixture admin;

    @BeforeEach
    void open() throws Exception {
        admin = new AdminFixture(directory);
    }

    @AfterEach
    void close() throws Exception {
        admin.close();
    }

    @Test
    void changesHaveTheirAuthorAndTheMaskedDifferences() {
        admin.put(PATH, OBJECT.formatted("kv", "a")).expect(201);
        admin.patch(PATH, "{'prefix': 'other', 'cache': {'ttl': '30s'}}").expect(200);
        admin.post(PATH + "/test", "{}").expect(200);
        admin.patch(PATH, "{'no_such_field': 1}").expect(400);
        admin.delete(PATH).expect(204);

        AdminFixture.Answer answer = admin.get(PATH + "/history").expect(200);
        JsonNode list = answer.json().path("list");
        assertThat(texts(list, "event")).containsExactly("provider.delete", "provider.update", "provider.create");
        assertThat(texts(list, "by")).containsOnly("first-admin");
        assertThat(list.path(1).path("differences").toString())
                .isEqualTo("[{\"field\":\"cache.ttl\",\"before\":null,\"after\":\"30s\"},"
                        + "{\"field\":\"prefix\",\"before\":\"kv\",\"after\":\"other\"}]");
        assertThat(list.path(2).path("differences").toString()).contains("\"token\",\"before\":null,\"after\":\"***\"");
        assertThat(list.path(0).path("differences").toString()).contains("\"uri\",\"before\":\"http://127.0.0.1:1\"");
        assertThat(answer.text()).doesNotContain("c4n4ry", "127.0.0.1\"");
        assertThat(answer.json().path("next").isNull()).isTrue();
    }

    @Test
    void pagesFollowEachOther() {
        for (int i = 0; i < 5; i++) {
            admin.put(PATH, OBJECT.formatted("kv" + i, "a"));
        }
        List<String> seen = new ArrayList<>();
        String cursor = "";
        while (cursor != null) {
            JsonNode page = admin.get(PATH + "/history?page_size=2" + cursor)
                    .expect(200)
                    .json();
            page.path("list").forEach(one -> seen.add(one.path("event").asString()));
            cursor = page.path("next").isNull()
                    ? null
                    : "&cursor=" + page.path("next").asString();
        }
        assertThat(seen).hasSize(5).endsWith("provider.create");
        admin.get(PATH + "/history?cursor=x").expect(400);
    }

    @Test
    void limitedTokenSeesNoTimeInWhichTheObjectWasOutOfItsScope() {
        admin.put(PATH, OBJECT.formatted("b-own", "b")).expect(201);
        admin.patch(PATH, "{'labels': {'team': 'a'}}").expect(200);
        admin.patch(PATH, "{'prefix': 'a-own'}").expect(200);
        admin.patch(PATH, "{'desc': 'mine'}").expect(200);
        String limited = admin.token("viewer", ", 'scope': {'labels': {'team': 'a'}}");

        AdminFixture.Answer answer =
                admin.call(limited, "GET", PATH + "/history", null).expect(200);
        assertThat(answer.json().path("list")).hasSize(2);
        assertThat(answer.json().path("list").path(0).path("differences").toString())
                .contains("desc");
        admin.call(limited, "GET", "/admin/providers/vault/another/history", null)
                .expect(403);
    }

    private static List<String> texts(JsonNode list, String name) {
        return list.valueStream().map(one -> one.path(name).asString()).toList();
    }
}
