package dev.secretproviders.auth;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request as APISIX sends it: header names in lower case, one entry per value, in order. */
public class ListedRequest implements RequestView {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final List<Long> names = new ArrayList<>();
    private final List<Long> values = new ArrayList<>();
    private final List<String> arguments = new ArrayList<>();
    private final List<@Nullable Long> argumentValues = new ArrayList<>();
    private long source = ABSENT;
    private String method = "GET";
    private String target = "/";
    private String body = "";
    private byte @Nullable [] fetchedTarget;
    private byte @Nullable [] fetchedBody;

    public ListedRequest() {}

    public ListedRequest header(String name, String value) {
        names.add(write(name));
        values.add(write(value));
        return this;
    }

    /** Adds an argument; a null value is a flag without {@code =}. */
    public ListedRequest argument(String name, @Nullable String value) {
        arguments.add(name);
        argumentValues.add(value == null ? null : write(value));
        return this;
    }

    /** Sets the client's address. */
    ListedRequest from(InetAddress address) {
        source = write(address.getAddress());
        return this;
    }

    private long write(String text) {
        return write(text.getBytes(StandardCharsets.UTF_8));
    }

    private long write(byte[] utf8) {
        long slice = RequestView.slice(bytes.size(), utf8.length);
        bytes.writeBytes(utf8);
        return slice;
    }

    @Override
    public long header(byte[] name) {
        for (int i = 0; i < names.size(); i++) {
            if (text(names.get(i)).equals(new String(name, StandardCharsets.US_ASCII))) {
                return values.get(i);
            }
        }
        return ABSENT;
    }

    @Override
    public long argument(byte[] name) {
        String wanted = new String(name, StandardCharsets.UTF_8);
        int first = arguments.indexOf(wanted);
        if (first < 0) {
            return ABSENT;
        }
        if (arguments.lastIndexOf(wanted) != first) {
            return REPEATED;
        }
        Long value = argumentValues.get(first);
        return value == null ? NO_VALUE : value;
    }

    @Override
    public int headerCount() {
        return names.size();
    }

    @Override
    public long headerName(int index) {
        return names.get(index);
    }

    @Override
    public long headerValue(int index) {
        return values.get(index);
    }

    @Override
    public String method() {
        return method;
    }

    public ListedRequest method(String name) {
        method = name;
        return this;
    }

    /** Sets what {@link #fetch} finds. */
    public ListedRequest target(String newTarget) {
        target = newTarget;
        return this;
    }

    /** Sets what {@link #fetch} finds. */
    public ListedRequest withBody(String newBody) {
        body = newBody;
        return this;
    }

    /** Shows what is needed from now on, as the transport does with what APISIX sends. */
    public void fetch(RequestNeeds needs) {
        if (needs.variables().contains("request_uri")) {
            fetchedTarget = target.getBytes(StandardCharsets.UTF_8);
        }
        if (needs.body()) {
            fetchedBody = body.getBytes(StandardCharsets.UTF_8);
        }
    }

    @Override
    public byte @Nullable [] variable(String name) {
        return name.equals("request_uri") ? fetchedTarget : null;
    }

    @Override
    public byte @Nullable [] body() {
        return fetchedBody;
    }

    @Override
    public long source() {
        return source;
    }

    @Override
    public byte[] bytes() {
        return bytes.toByteArray();
    }

    private String text(long slice) {
        return new String(bytes(), RequestView.offset(slice), RequestView.length(slice), StandardCharsets.UTF_8);
    }
}
