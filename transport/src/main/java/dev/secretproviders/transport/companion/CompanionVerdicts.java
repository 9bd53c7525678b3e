package dev.secretproviders.transport.companion;

import dev.secretproviders.auth.Ruling;
import dev.secretproviders.auth.Verdict;
import dev.secretproviders.auth.basic.BasicVerdicts;
import dev.secretproviders.auth.hmac.HmacVerdicts;
import dev.secretproviders.auth.hmac.SeenSignatures;
import dev.secretproviders.auth.jwt.JwtVerdicts;
import dev.secretproviders.auth.jwt.VerifiedTokens;
import dev.secretproviders.auth.key.KeyVerdicts;
import dev.secretproviders.auth.route.AuthContext;
import dev.secretproviders.auth.route.RememberedUses;
import dev.secretproviders.auth.usage.CredentialName;
import dev.secretproviders.consumer.CredentialKind;
import dev.secretproviders.inject.InjectAnswer;
import dev.secretproviders.inject.UpstreamSecrets;
import dev.secretproviders.transport.wire.MalformedFrameException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** Judges credentials of all kinds. Thread-safe and lock-free; does no I/O. */
public final class CompanionVerdicts implements Verdicts {
    private final KeyVerdicts keys;
    private final BasicVerdicts passwords;
    private final JwtVerdicts tokens;
    private final HmacVerdicts signatures;
    private final UpstreamSecrets upstream;
    private final RememberedUses uses;

    /**
     * Creates the verdicts of a directory.
     *
     * @param verified the tokens that filters have verified, too
     * @param seen the signatures that count once, for filters, too
     * @param upstream the secrets for upstreams
     */
    public CompanionVerdicts(
            AuthContext context, VerifiedTokens verified, SeenSignatures seen, UpstreamSecrets upstream) {
        this.keys = new KeyVerdicts(context);
        this.passwords = new BasicVerdicts(context);
        this.tokens = new JwtVerdicts(context, verified);
        this.signatures = new HmacVerdicts(context, seen);
        this.upstream = upstream;
        this.uses = new RememberedUses(context);
    }

    @Override
    public Verdict of(byte[] key, int length) {
        return keys.of(key, length);
    }

    @Override
    public Ruling of(CredentialCall call) throws MalformedFrameException {
        return switch (call.credential()) {
            case BASIC_AUTH -> {
                byte[] user = call.field();
                byte[] password = call.field();
                call.end();
                yield passwords.of(user, password);
            }
            case JWT_AUTH -> {
                byte[] token = call.field();
                String keyClaim = call.text();
                String claims = call.text();
                call.end();
                yield tokens.of(token, keyClaim, claims);
            }
            case HMAC_AUTH -> {
                byte[] keyId = call.field();
                byte[] algorithm = call.field();
                byte[] text = call.field();
                byte[] signature = call.field();
                long window = call.seconds();
                call.end();
                yield signatures.of(new HmacVerdicts.Question(keyId, algorithm, text, signature, window));
            }
            case KEY_AUTH -> throw call.unknown();
        };
    }

    @Override
    public InjectAnswer values(CredentialCall call) throws MalformedFrameException {
        if (call.kind() != CredentialCall.CONFIGURATION) {
            throw call.unknown();
        }
        String config = call.text();
        String consumer = call.text();
        call.end();
        return upstream.answer(config, consumer.isEmpty() ? null : consumer);
    }

    /** The uses of one credential. */
    private record Used(CredentialName name, long current, long previous) {}

    @Override
    public OptionalLong used(CredentialCall call) throws MalformedFrameException {
        if (call.kind() != CredentialCall.USES) {
            throw call.unknown();
        }
        List<Used> report = new ArrayList<>();
        while (call.more()) {
            CredentialKind kind = call.usedKind();
            String consumer = call.text();
            String id = call.text();
            report.add(new Used(
                    new CredentialName(consumer, id.isEmpty() ? null : id, kind), call.number(), call.number()));
        }
        if (!uses.canMark()) {
            return OptionalLong.empty();
        }
        long count = 0;
        for (Used used : report) {
            uses.mark(used.name(), used.current(), used.previous());
            count += used.current() + used.previous();
        }
        return OptionalLong.of(count);
    }
}
