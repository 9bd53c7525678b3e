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
                if (random.nextInt(5) == 0) {
                    it.secrets.provider.missing(name);
                } else {
                    it.secrets.provider.put(name, "v" + ++version, "key", key(random), "other", key(random));
                }
                it.secrets.provider.announceChange();
                it.secrets.drain();
                it.settle();
            }
            List<String> changed = decisions(it);
            int undecided = it.directory.undecided();
            int size = it.directory.size();
            int ambiguous = it.directory.ambiguities().size();

            it.consumer("newcomer").publish();

            assertThat(changed).isEqualTo(decisions(it));
            assertThat(undecided).isEqualTo(it.directory.undecided());
            assertThat(size).isEqualTo(it.directory.size());
            assertThat(ambiguous).isEqualTo(it.directory.ambiguities().size());
        }
    }

    private static String key(Random random) {
        return KEYS.get(random.nextInt(KEYS.size()));
    }

    private static List<String> decisions(DirectoryFixture it) {
        List<String> decisions = new ArrayList<>();
        for (String key : KEYS) {
            Decision decision = it.decide(key);
            decisions.add(key + " " + decision.reason()
                    + (decision instanceof Accept accept && accept.reason() == Reason.ACCEPTED
                            ? " " + accept.headers()
                            : ""));
        }
        return decisions;
    }
}
