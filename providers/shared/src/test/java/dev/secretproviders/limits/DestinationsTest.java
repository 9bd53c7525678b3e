package dev.secretproviders.limits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.settings.Problems;
import dev.secretproviders.settings.Settings;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DestinationsTest {
    @ParameterizedTest
    @CsvSource({
        "vault.example,vault.example,8200,true",
        "vault.example,VAULT.Example.,8200,true",
        "vault.example,a.vault.example,8200,false",
        "*.vault.example,a.b.vault.example,443,true",
        "*.vault.example,vault.example,443,false",
        "*.vault.example,evilvault.example,443,false",
        "vault.example:8200,vault.example,8200,true",
        "vault.example:8200,vault.example,443,false",
        "10.1.0.0/16,10.1.255.3,443,true",
        "10.1.0.0/16,10.2.0.1,443,false",
        "10.1.2.3:8200,10.1.2.3,8200,true",
        "10.1.2.3:8200,10.1.2.3,8201,false",
        "10.1.0.0/16:8200,10.1.9.9,8200,true",
        "2001:db8::/32,[2001:db8:1::5],443,true",
        "2001:db8::/32,[2001:db9::1],443,false",
        "[2001:db8::1]:8200,[2001:db8::1],8200,true",
        "[2001:db8::1]:8200,[2001:db8::1],443,false",
        "10.0.0.0/8,167772161,443,true"
    })
    void entriesFitByNameAddressRangeAndPort(String entry, String host, int port, boolean fits) {
        Destinations destinations = read(List.of(entry), new Problems());

        assertThat(destinations.names(host, port)).isEqualTo(fits);
        String refusal = destinations.refusal(host, port);
        if (fits) {
            assertThat(refusal).isNull();
        } else if (entry.contains("/") && InetAddressOf.isName(host)) {
            assertThat(refusal).as("only its address decides").isNull();
        } else {
            assertThat(refusal).contains(host, "providers.destinations");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0.0.0.0/0,169.254.169.254",
        "169.0.0.0/8,169.254.169.254",
        "100.64.0.0/10,100.100.100.200",
        "::/0,fd00:ec2::254",
        "fd00::/8,fd00:ec2::254",
        "fd00::/8,fd20:ce::254",
        "::/0,fe80::1",
        "::/0,64:ff9b::169.254.169.254",
        "0.0.0.0/0,64:ff9b::169.254.169.254",
        "::/0,2002:a9fe:a9fe::",
        "::/0,64:ff9b:1::169.254.169.254",
        "::/0,::ffff:0:169.254.169.254",
        "0.0.0.0/0,2852039166"
    })
    void wideRangeDoesNotNameTheAddressesOfThisLinkAndOfMetadata(String range, String host) throws Exception {
        Destinations destinations = read(List.of(range), new Problems());

        assertThat(destinations.refusal(host, 80)).contains("metadata service");
        assertThat(destinations.refusal("rebound.example", 80, InetAddress.getByName(host)))
                .contains("metadata service");
    }

    @ParameterizedTest
    @CsvSource({
        "169.254.169.254,169.254.169.254",
        "169.254.0.0/16,169.254.169.254",
        "169.254.170.0/24,169.254.170.2",
        "fd00:ec2::254,fd00:ec2::254",
        "fe80::/10,fe80::1",
        "100.100.100.200,100.100.100.200",
        "169.254.169.254,64:ff9b::169.254.169.254"
    })
    void rangeThatHoldsNothingElseNamesThem(String range, String host) {
        assertThat(read(List.of(range), new Problems()).refusal(host, 80)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"64:ff9b:1::169.254.169.254", "::ffff:0:169.254.169.254"})
    void translatedAddressIsTheOneThatItLeadsTo(String host) {
        assertThat(Destinations.DEFAULT.refusal(host, 80)).contains("metadata service");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "https://vault.example",
                "vault.example/path",
                "10.0.0.0/33",
                "2001:db8::/129",
                "10.0.0/8/8",
                "vault..example",
                "*",
                "*.",
                "a.*.example",
                "vault.example:0",
                "vault.example:70000",
                "-x",
                "300.1.2.3"
            })
    void entryThatMeansNothingIsAProblemThatQuotesIt(String entry) {
        Problems problems = new Problems();
        read(List.of(entry), problems);

        assertThat(problems.lines())
                .singleElement()
                .asString()
                .contains("destinations", "'" + entry + "'", "*.vault.example");
    }

    @Test
    void emptyListIsAProblem() {
        Problems problems = new Problems();
        read(List.of(), problems);
        assertThat(problems.lines()).singleElement().asString().contains("destinations", "is empty");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "169.254.169.254",
                "169.254.170.2",
                "169.254.43518",
                "2852039166",
                "fe80::1",
                "[fe80::1]",
                "fd00:ec2::254",
                "fd00:ec2::23",
                "fd20:ce::254",
                "100.100.100.200",
                "168.63.129.16",
                "192.0.0.192",
                "::ffff:169.254.169.254",
                "64:ff9b::a9fe:a9fe",
                "2002:a9fe:a9fe::1",
                "::169.254.169.254",
                "metadata.google.internal",
                "Metadata.Google.Internal."
            })
    void metadataAndThisLinkAreRefusedWithoutAList(String host) {
        assertThat(Destinations.DEFAULT.refusal(host, 80)).contains("metadata service", "providers.destinations");
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "10.0.0.1", "192.168.0.1", "8.8.8.8", "::1", "2001:db8::1", "vault.example"})
    void everythingElseIsAllowedWithoutAList(String host) {
        assertThat(Destinations.DEFAULT.refusal(host, 80)).isNull();
        assertThat(Destinations.DEFAULT.names(host, 80))
                .as("but nothing is named")
                .isFalse();
    }

    @Test
    void nameInTheListDoesNotAllowTheMetadataServiceBehindIt() throws Exception {
        Destinations list = read(List.of("*.vault.example"), new Problems());
        InetAddress metadata = InetAddress.ofLiteral("169.254.169.254");

        assertThat(list.refusal("a.vault.example", 443, metadata)).contains("a.vault.example (169.254.169.254)");
        assertThat(list.refusal("a.vault.example", 443, InetAddress.ofLiteral("10.0.0.1")))
                .isNull();
    }

    @Test
    void addressOfThisLinkThatIsListedIsAllowed() {
        Destinations list = read(List.of("169.254.20.10"), new Problems());

        assertThat(list.refusal("169.254.20.10", 443)).isNull();
        assertThat(list.refusal("169.254.169.254", 443)).isNotNull();
    }

    private static Destinations read(List<String> entries, Problems problems) {
        return Destinations.read(Settings.root(Map.of("destinations", entries), problems));
    }

    private static final class InetAddressOf {
        static boolean isName(String host) {
            return AddressPattern.Addresses.literal(host) == null;
        }
    }
}
