package dev.secretproviders.benchmarks.micro;

import dev.secretproviders.auth.CredentialDirectory;
import dev.secretproviders.auth.Decision;
import dev.secretproviders.auth.Judgement;
import dev.secretproviders.auth.hmac.HmacAuthenticator;
import dev.secretproviders.auth.hmac.HmacProofs;
import dev.secretproviders.auth.hmac.SeenSignatures;
import dev.secretproviders.auth.key.KeyAuthenticator;
import dev.secretproviders.auth.route.AuthContext;
import dev.secretproviders.auth.route.Authenticator;
import dev.secretproviders.auth.route.InvalidAuthConfigException;
import dev.secretproviders.auth.route.UnresolvedAnswer;
import dev.secretproviders.benchmarks.load.BrowserRequest;
import dev.secretproviders.benchmarks.subject.Credentials;
import dev.secretproviders.consumer.Consumer;
import dev.secretproviders.consumer.ConsumerSnapshot;
import dev.secretproviders.consumer.Credential;
import dev.secretproviders.consumer.CredentialText;
import dev.secretproviders.crypto.KeyDigester;
import dev.secretproviders.gateway.Entry;
import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.Messages;
import dev.secretproviders.resolve.Resolver;
import dev.secretproviders.spi.Secret;
import dev.secretproviders.transport.wire.Content;
import dev.secretproviders.transport.wire.FetchedInfo;
import dev.secretproviders.transport.wire.HttpReqCallFrame;
import dev.secretproviders.transport.wire.InfoWanted;
import dev.secretproviders.transport.wire.MalformedFrameException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Measures what a filter takes to read and decide a request with the headers of a browser. The target that a signature
 * covers has been fetched already, since that is another round trip.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SignatureBenchmark {
    private static final int CONSUMERS = 10_000;
    private static final int HEADER = 4;
    private static final String DATE = "Thu, 01 Jan 1970 00:16:40 GMT";

    private final KeyDigester digester = new KeyDigester();
    private final Resolver resolver = Resolver.start(List.of(), digester);
    private final HttpReqCallFrame request = new HttpReqCallFrame();
    private final FetchedInfo info = new FetchedInfo();
    private final ByteBuf keyed = frame(BrowserRequest.withKey(Credentials.key(1)));
    private final ByteBuf signed = frame(signed("hmac-sha256", "HmacSHA256"));
    private final ByteBuf signedBySha512 = frame(signed("hmac-sha512", "HmacSHA512"));
    private Authenticator keyAuth = _ -> {
        throw new IllegalStateException();
    };
    private Authenticator hmacAuth = keyAuth;
    private Authenticator once = keyAuth;

    private static ByteBuf frame(GatewayRequest request) {
        return Unpooled.directBuffer()
                .writeBytes(Messages.httpReqCall(1, 1, request).encode());
    }

    private static GatewayRequest signed(String name, String algorithm) {
        GatewayRequest plain = BrowserRequest.withoutKey();
        String text = Credentials.name(1) + "\nGET " + plain.target() + "\ndate: " + DATE + "\n";
        try {
            Mac mac = Mac.getInstance(algorithm);
            mac.init(new SecretKeySpec(Credentials.key(1).getBytes(StandardCharsets.UTF_8), algorithm));
            String signature = Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
            List<Entry> headers = new ArrayList<>(BrowserRequest.headers());
            headers.add(Entry.of("Date", DATE));
            headers.add(Entry.of(
                    "Authorization",
                    "Signature keyId=\"" + Credentials.name(1) + "\",algorithm=\"" + name
                            + "\",headers=\"@request-target date\",signature=\"" + signature + "\""));
            return plain.withHeaders(headers);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Creates the consumers and the routes. */
    @Setup
    public void prepare() throws InvalidAuthConfigException {
        CredentialDirectory directory = new CredentialDirectory(resolver, Runnable::run, List.of(new HmacProofs()));
        Map<String, Consumer> consumers = new HashMap<>();
        for (int i = 0; i < CONSUMERS; i++) {
            Secret key = Secret.ofUtf8(Credentials.key(i));
            CredentialText.Literal digest = CredentialText.Literal.of(key, digester);
            CredentialText.Literal name = CredentialText.Literal.of(Secret.ofUtf8(Credentials.name(i)), digester);
            consumers.put(
                    Credentials.name(i),
                    new Consumer(
                            Credentials.name(i),
                            null,
                            List.of(
                                    new Credential.KeyAuth(null, digest),
                                    new Credential.HmacAuth(
                                            null, name, new CredentialText.LiteralValue(digest, key)))));
        }
        directory.changed(new ConsumerSnapshot(consumers, List.of()));
        AuthContext context = new AuthContext(directory, digester, resolver.ticker(), UnresolvedAnswer.UNAVAILABLE);
        InstantSource clock = InstantSource.fixed(Instant.ofEpochSecond(1000));
        SeenSignatures seen = new SeenSignatures(resolver.ticker());
        keyAuth = KeyAuthenticator.prepare("{}", context);
        hmacAuth = HmacAuthenticator.prepare("{}", context, seen, clock);
        once = HmacAuthenticator.prepare(
                "{\"replay_window\":600,\"anonymous_consumer\":\"" + Credentials.name(2) + "\"}", context, seen, clock);
        info.add(
                new InfoWanted.Variable("request_uri"),
                Content.of(BrowserRequest.withoutKey().target()));
    }

    private Decision decide(Authenticator route, ByteBuf frame) throws MalformedFrameException {
        request.wrap(frame, HEADER, frame.readableBytes() - HEADER);
        request.show(info);
        Judgement judgement = route.decide(request);
        if (judgement instanceof Judgement.Ask(var _, Judgement.Next next)) {
            judgement = next.judge(request);
        }
        request.release();
        if (judgement instanceof Decision.Accept accept) {
            return accept;
        }
        throw new IllegalStateException("a right credential was refused");
    }

    /** Decides by a key, to compare with. */
    @Benchmark
    public Decision keyAuth() throws MalformedFrameException {
        return decide(keyAuth, keyed);
    }

    /** Decides by a signature. */
    @Benchmark
    public Decision hmacSha256() throws MalformedFrameException {
        return decide(hmacAuth, signed);
    }

    /** Decides by a signature. */
    @Benchmark
    public Decision hmacSha512() throws MalformedFrameException {
        return decide(hmacAuth, signedBySha512);
    }

    /** Decides by a signature that was used before. */
    @Benchmark
    public Decision replayedSha256() throws MalformedFrameException {
        return decide(once, signed);
    }

    /** Ends the threads. */
    @TearDown
    public void release() {
        keyed.release();
        signed.release();
        signedBySha512.release();
        resolver.close();
    }
}
