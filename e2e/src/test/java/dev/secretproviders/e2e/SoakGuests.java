package dev.secretproviders.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.secretproviders.gateway.RunnerClient;
import dev.secretproviders.peers.Etcd;
import dev.secretproviders.peers.Moto;
import dev.secretproviders.peers.OpenBao;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;

/**
 * Consumers that come and go, each with a secret of its own in OpenBao, moto or the runner's store: a guest is created,
 * uses its key over its own connection, and is deleted with its secret. The keys of some are revoked before. Changes
 * during a fault must take effect after it.
 */
final class SoakGuests {
    /** Time for the longest fault, the back-off after it, and a busy machine. */
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private static final int USES = 5;
    private static final int ONE_IN_SO_MANY_IS_REVOKED = 4;

    private final RunnerProcess runner;
    private final AdminClient admin;
    private final Decisions decisions;
    private final List<Home> homes;
    private final Etcd consumers;
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicInteger revoked = new AtomicInteger();

    /** The place of a guest's secret. */
    private interface Home {
        String reference(String guest);

        void create(String guest, String key);

        void delete(String guest);
    }

    SoakGuests(RunnerProcess runner, AdminClient admin, Decisions decisions, OpenBao bao, Moto moto, Etcd consumers) {
        this.runner = runner;
        this.admin = admin;
        this.decisions = decisions;
        this.consumers = consumers;
        this.homes = List.of(new InOpenBao(bao), new InMoto(moto), new InTheStore());
    }

    private record InOpenBao(OpenBao bao) implements Home {
        @Override
        public String reference(String guest) {
            return "$secret://vault/prod/" + guest + "/key";
        }

        @Override
        public void create(String guest, String key) {
            synchronized (bao) {
                bao.kvPut("kv", 2, "apisix/" + guest, Map.of("key", key));
            }
        }

        @Override
        public void delete(String guest) {
            synchronized (bao) {
                assertThat(bao.http("DELETE", "/v1/kv/metadata/apisix/" + guest, null)
                                .succeeded())
                        .isTrue();
            }
        }
    }

    private record InMoto(Moto moto) implements Home {
        @Override
        public String reference(String guest) {
            return "$secret://aws/main/" + guest + "/key";
        }

        @Override
        public void create(String guest, String key) {
            synchronized (moto) {
                moto.createSecret(guest, "{\"key\":\"" + key + "\"}");
            }
        }

        @Override
        public void delete(String guest) {
            synchronized (moto) {
                moto.deleteSecret(guest);
            }
        }
    }

    private final class InTheStore implements Home {
        @Override
        public String reference(String guest) {
            return "$secret://local/own/" + guest + "/key";
        }

        @Override
        public void create(String guest, String key) {
            insist(
                    List.of(200, 201),
                    () -> admin.put("/admin/secrets/own/" + guest, "{'fields': {'key': '" + key + "'}}"));
        }

        @Override
        public void delete(String guest) {
            // Refused although the runner does not know yet that the consumer was deleted.
            insist(List.of(204, 404), () -> admin.delete("/admin/secrets/own/" + guest));
        }
    }

    int count() {
        return count.get();
    }

    int revoked() {
        return revoked.get();
    }

    /** Creates and deletes guests, one at a time, until it is stopped. Several threads may call it. */
    void run(CountDownLatch stop) throws InterruptedException {
        while (stop.getCount() > 0) {
            int number = count.incrementAndGet();
            comeAndGo("guest-" + number, homes.get(number % homes.size()), number % ONE_IN_SO_MANY_IS_REVOKED == 0);
        }
    }

    private void comeAndGo(String guest, Home home, boolean revoke) throws InterruptedException {
        String key = "the-key-of-" + guest;
        home.create(guest, key);
        consumer(guest, home.reference(guest));
        try (RunnerClient client = runner.client()) {
            awaitStatus(client, key, 200);
            for (int i = 0; i < USES; i++) {
                decisions.judge(Decisions.Key.CURRENT, RunnerProcess.statusFor(client, key), key);
                Thread.sleep(20);
            }
            if (revoke) {
                String id = revoke(home.reference(guest));
                decisions.judge(Decisions.Key.REVOKED, RunnerProcess.statusFor(client, key), key);
                forget(guest);
                insist(List.of(204, 404), () -> admin.delete("/admin/revocations/" + id));
                revoked.incrementAndGet();
            } else {
                forget(guest);
            }
            // After a revocation was withdrawn, the key may be accepted until the runner knows of the deleted consumer.
            awaitStatus(client, key, 401);
            if (!revoke) {
                decisions.judge(Decisions.Key.DELETED, RunnerProcess.statusFor(client, key), key);
            }
        }
        home.delete(guest);
    }

    private String revoke(String reference) {
        JsonNode answer = insist(
                        List.of(200),
                        () -> admin.post("/admin/revoke", "{'reference': '" + reference + "', 'version': 'all'}"))
                .json();
        return answer.at("/value/id").asString();
    }

    private AdminClient.Reply insist(List<Integer> wanted, Supplier<AdminClient.Reply> change) {
        return await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(100))
                .until(change::get, answer -> wanted.contains(answer.status()));
    }

    private static void awaitStatus(RunnerClient client, String key, int status) {
        await(key + " to be answered with " + status)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> RunnerProcess.statusFor(client, key) == status);
    }

    private void consumer(String guest, String reference) {
        synchronized (consumers) {
            consumers.put(
                    "/apisix/consumers/" + guest,
                    "{\"username\":\"%s\",\"plugins\":{\"key-auth\":{\"key\":\"%s\"}}}".formatted(guest, reference));
        }
    }

    private void forget(String guest) {
        synchronized (consumers) {
            consumers.delete("/apisix/consumers/" + guest);
        }
    }
}
