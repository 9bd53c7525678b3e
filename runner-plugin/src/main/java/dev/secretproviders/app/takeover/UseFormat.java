package dev.secretproviders.app.takeover;

import dev.secretproviders.auth.usage.CredentialName;
import dev.secretproviders.auth.usage.UseMarks;
import dev.secretproviders.consumer.CredentialKind;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Converts the uses of credentials to bytes, and back. */
final class UseFormat {
    private UseFormat() {}

    /** Returns the uses as bytes. */
    static byte[] write(List<UseMarks> uses) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(uses.size());
        for (UseMarks use : uses) {
            CredentialName name = use.credential();
            out.writeUTF(name.username());
            out.writeBoolean(name.id() != null);
            if (name.id() != null) {
                out.writeUTF(name.id());
            }
            out.writeUTF(name.kind().name());
            out.writeLong(use.ago());
            out.writeLong(use.previousAgo());
            out.writeLong(use.previous());
            out.writeLong(use.previousTaken());
            out.writeLong(use.current());
        }
        return bytes.toByteArray();
    }

    /**
     * Returns the uses. Those of kinds that this runner does not know are left out.
     *
     * @throws IOException if the bytes were not written by {@link #write}
     */
    static List<UseMarks> read(byte[] bytes) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        List<UseMarks> uses = new ArrayList<>();
        for (int more = in.readInt(); more > 0; more--) {
            String username = in.readUTF();
            String id = in.readBoolean() ? in.readUTF() : null;
            String kind = in.readUTF();
            long ago = in.readLong();
            long previousAgo = in.readLong();
            long previous = in.readLong();
            long previousTaken = in.readLong();
            long current = in.readLong();
            for (CredentialKind known : CredentialKind.values()) {
                if (known.name().equals(kind)) {
                    uses.add(new UseMarks(
                            new CredentialName(username, id, known),
                            ago,
                            previousAgo,
                            previous,
                            previousTaken,
                            current));
                }
            }
        }
        return uses;
    }
}
