package dev.secretproviders.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EtcdTest {
    @AutoClose
    private Etcd etcd;

    @BeforeEach
    void start() {
        etcd = Etcd.start();
    }

    @Test
    void eachChangeHasTheNextRevision() {
        long first = etcd.put("/apisix/consumers/jack", "{\"username\":\"jäck\"}");
        assertThat(etcd.get("/apisix/consumers/jack")).isEqualTo("{\"username\":\"jäck\"}");

        assertThat(etcd.delete("/apisix/consumers/jack")).isEqualTo(first + 1);
        assertThat(etcd.get("/apisix/consumers/jack")).isNull();
        assertThat(etcd.revision()).isEqualTo(first + 1);
    }

    @Test
    void aPrefixIsDeletedWithoutItsNeighbours() {
        etcd.put("/apisix/consumers/jack", "1");
        etcd.put("/apisix/consumers/rose", "2");
        etcd.put("/apisix/routes/1", "3");

        etcd.deletePrefix("/apisix/consumers/");

        assertThat(etcd.get("/apisix/consumers/rose")).isNull();
        assertThat(etcd.get("/apisix/routes/1")).isEqualTo("3");
    }

    @Test
    void historyBeforeACompactionIsGone() {
        long first = etcd.put("k", "1");
        long second = etcd.put("k", "2");

        etcd.compact(second);

        try (PeerHttp http = new PeerHttp(etcd.endpoint())) {
            HttpReply old = http.request(
                    "POST",
                    "/v3/kv/range",
                    Map.of(),
                    PeerHttp.json(Map.of("key", "aw==", "revision", Long.toString(first))));
            assertThat(old.text()).contains("compacted");
        }
    }

    @Test
    void comesBackWithItsDataOnTheSamePort() {
        etcd.put("k", "1");

        etcd.stop();
        assertThatThrownBy(() -> etcd.get("k")).isInstanceOf(PeerFailedException.class);
        etcd.startAgain();

        assertThat(etcd.get("k")).isEqualTo("1");
    }

    @Test
    void withAuthItRefusesStrangers() {
        etcd.enableAuth("a password");

        etcd.put("k", "1");
        assertThat(etcd.get("k")).isEqualTo("1");
        try (PeerHttp stranger = new PeerHttp(etcd.endpoint())) {
            assertThat(stranger.request("POST", "/v3/kv/range", Map.of(), PeerHttp.json(Map.of("key", "aw==")))
                            .succeeded())
                    .isFalse();
        }
    }
}
