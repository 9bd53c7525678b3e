package dev.secretproviders.provider.shared;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;

/** What an operator reads of a failure is no name of a Java class. */
class CausesTest {
    @Test
    void failuresAreSaidInWords() {
        Throwable refused = new IOException(new ConnectException().initCause(new ClosedChannelException()));
        List<Throwable> failures = List.of(
                refused,
                new UnknownHostException("h"),
                new HttpConnectTimeoutException("t"),
                new SSLHandshakeException("s"),
                new NoSuchFileException("f"),
                new AccessDeniedException("f"),
                new ClosedChannelException());

        assertThat(failures)
                .extracting(Causes::words)
                .containsExactly(
                        "the connection was refused",
                        "the host name is not known",
                        "no answer in time",
                        "TLS failed; check the certificates",
                        "there is no such file",
                        "permission denied",
                        "the connection broke");
    }
}
