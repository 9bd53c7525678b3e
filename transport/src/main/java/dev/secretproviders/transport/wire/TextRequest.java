package dev.secretproviders.transport.wire;

import dev.secretproviders.auth.RequestView;

/** Headers and arguments of a request, looked up in the buffer that holds them. Not thread-safe. */
abstract class TextRequest implements RequestView {
    final TextEntries headers = new TextEntries();
    final TextEntries arguments = new TextEntries();

    @Override
    public final long header(byte[] name) {
        int index = headers.find(bytes(), name, 0);
        if (index < 0) {
            return ABSENT;
        }
        long value = headers.value(index);
        return value == ABSENT ? RequestView.slice(0, 0) : value;
    }

    @Override
    public final long argument(byte[] name) {
        int index = arguments.find(bytes(), name, 0);
        if (index < 0) {
            return ABSENT;
        }
        if (arguments.find(bytes(), name, index + 1) >= 0) {
            return REPEATED;
        }
        long value = arguments.value(index);
        return value == ABSENT ? NO_VALUE : value;
    }

    @Override
    public final int headerCount() {
        return headers.count();
    }

    @Override
    public final long headerName(int index) {
        return headers.name(index);
    }
}
