package dev.secretproviders.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.auth.Decision.Accept;
import dev.secretproviders.auth.Decision.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** An index that was changed step by step gives the same decisions as one that is built from scratch. */
class CredentialIndexPropertyTest {
    private static final List<String> CONSUMERS = List.of("anna", "ben", "carl", "dora", "emil");
    private static final List<String> KEYS = List.of("one", "two", "three", "four");

    @Property(tries = 150)
    void changesLeadWhereBuildingLeads(@ForAll Random random) {
        try (DirectoryFixture it = new DirectoryFixture()) {
            for (String name : CONSUMERS) {
                it.consumer(name, it.referenced("a", name + "/key"), it.referenced("b", name + "/other"));
            }
            it.consumer("fixed", it.literal(null, "two"));
            it.publish();
            int version = 0;
            for (int step = 0; step < 12; step++) {
                String name = CONSUMERS.get(random.nextInt(CONSUMERS.size()));
                switch (random.nextInt(6)) {
                    case 0 -> it.secrets.provider.missing(name);
                    case 1 -> it.without(name).tell();
                    case 2 ->
                        it.consumer(name, it.referenced("a", name + "/key"), it.literal("b", key(random)))
                                .tell();
                    case 3 ->
                        it.consumer("fixed", it.literal(null, key(random)))
                                .consumer(name, it.referenced("c", CONSUMERS.getFirst() + "/key"))
                                .tell();
                    default -> it.secrets.provider.put(name, "v" + ++version, "key", key(random), "other", key(random));
                }
                it.secrets.provider.announceChange();
                it.secrets.drain();
                it.settle();
            }

            CredentialDirectory built = it.builtFromNothing();

            assertThat(decisions(it, it.directory)).isEqualTo(decisions(it, built));
            assertThat(it.directory.undecided()).isEqualTo(built.undecided());
            assertThat(it.directory.size()).isEqualTo(built.size());
            assertThat(it.directory.ambiguities()).hasSameSizeAs(built.ambiguities());
            assertThat(it.directory.index().identities().size())
                    .isEqualTo(built.index().identities().size());
        }
    }

    private static String key(Random random) {
        return KEYS.get(random.nextInt(KEYS.size()));
    }

    private static List<String> decisions(DirectoryFixture it, CredentialDirectory directory) {
        List<String> decisions = new ArrayList<>();
        for (String key : KEYS) {
            Decision decision = it.decide(directory, key);
            decisions.add(key + " " + decision.reason()
                    + (decision instanceof Accept accept && accept.reason() == Reason.ACCEPTED
                            ? " " + accept.headers()
                            : ""));
        }
        return decisions;
    }
}
