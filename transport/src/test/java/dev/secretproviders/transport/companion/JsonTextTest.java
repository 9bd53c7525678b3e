package dev.secretproviders.transport.companion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secretproviders.auth.IndexChange;
import dev.secretproviders.auth.usage.CredentialName;
import dev.secretproviders.consumer.CredentialKind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Names with any characters survive a JSON reader, and never contain a line break. */
class JsonTextTest {
    private static final JsonMapper JSON = JsonMapper.shared();

    private static String string(String text) {
        ByteBuf out = Unpooled.buffer();
        JsonText.string(out, text);
        return out.toString(StandardCharsets.UTF_8);
    }

    @Property(tries = 500)
    void stringIsReadAsItWasWritten(@ForAll @CharRange(from = '\0', to = '\ud7ff') String text) {
        assertThat(JSON.readValue(string(text), String.class)).isEqualTo(text);
        assertThat(string(text)).doesNotContain("\n");
    }

    @Example
    void quotesBackslashesControlCharactersAndWhateverIsBeyondAscii() {
        for (String text :
                new String[] {"", "\"", "\\", "a\"b\\c", "\n\r\t\0\u001f", "\u007f", "é€😀", "</script>\u2028"}) {
            assertThat(JSON.readValue(string(text), String.class)).isEqualTo(text);
        }
        assertThat(string("a\n\"\\")).isEqualTo("\"a\\u000a\\\"\\\\\"");
    }

    @Example
    void halfASurrogatePairDoesNotBreakTheText() {
        assertThat(JSON.readValue(string("a\ud83db"), String.class)).isEqualTo("a?b");
    }

    @Example
    void hostileNamesMakeOneEventOfOneLine() {
        IndexChange change = new IndexChange(
                7,
                false,
                Set.of(
                        new CredentialName("a\n{\"sequence\":8}\n", "\"}]}", CredentialKind.KEY_AUTH),
                        new CredentialName("b", null, CredentialKind.KEY_AUTH)));
        ByteBuf line = EventText.event(ByteBufAllocator.DEFAULT, change);
        String text = line.toString(StandardCharsets.UTF_8);
        line.release();

        assertThat(text).endsWith("\n");
        assertThat(text.strip()).doesNotContain("\n");
        JsonNode event = JSON.readTree(text);
        assertThat(event.path("sequence").asLong()).isEqualTo(7);
        assertThat(event.path("forget")).hasSize(2).anySatisfy(named -> {
            assertThat(named.path("consumer").asString()).isEqualTo("a\n{\"sequence\":8}\n");
            assertThat(named.path("credential").asString()).isEqualTo("\"}]}");
        });
    }
}
