package dev.secretproviders.benchmarks.consumers;

import dev.secretproviders.benchmarks.subject.ConsumersInEtcd;
import dev.secretproviders.benchmarks.subject.Credentials;
import dev.secretproviders.peers.Etcd;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.PutOption;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** A real etcd with consumers. */
final class FilledEtcd implements AutoCloseable {
    /** etcd's own limit of a transaction. */
    private static final int TOGETHER = 128;

    private static final int UNDER_WAY = 8;
    private static final int LARGEST_ANSWER = 1 << 30;

    private final Etcd etcd = Etcd.start();
    private final Client client = Client.builder()
            .endpoints(etcd.endpoint())
            .maxInboundMessageSize(LARGEST_ANSWER)
            .build();

    /** Writes consumers under a prefix of their own. */
    ConsumersInEtcd fill(int count) throws IOException, InterruptedException {
        ConsumersInEtcd source =
                new ConsumersInEtcd(new Credentials(count), etcd.endpoint().toString(), "/of-" + count);
        Deque<CompletableFuture<?>> underWay = new ArrayDeque<>();
        for (int from = 0; from < count; from += TOGETHER) {
            List<Op> puts = new ArrayList<>();
            for (int i = from; i < Math.min(count, from + TOGETHER); i++) {
                puts.add(Op.put(
                        bytes(source.place(i)),
                        bytes(ConsumersInEtcd.object(i, Credentials.key(i))),
                        PutOption.DEFAULT));
            }
            underWay.add(
                    client.getKVClient().txn().Then(puts.toArray(Op[]::new)).commit());
            if (underWay.size() == UNDER_WAY) {
                await(underWay.remove());
            }
        }
        for (CompletableFuture<?> one : underWay) {
            await(one);
        }
        return source;
    }

    /** Reads all consumers by one question. */
    void readAll(ConsumersInEtcd source) throws IOException, InterruptedException {
        await(client.getKVClient()
                .get(
                        bytes(source.prefix() + "/consumers/"),
                        GetOption.builder().isPrefix(true).build()));
    }

    /** Gives a consumer another key. */
    void change(ConsumersInEtcd source, int index, String key) throws IOException, InterruptedException {
        await(client.getKVClient().put(bytes(source.place(index)), bytes(ConsumersInEtcd.object(index, key))));
    }

    private static void await(CompletableFuture<?> answer) throws IOException, InterruptedException {
        try {
            Object _ = answer.get();
        } catch (ExecutionException e) {
            throw new IOException("etcd failed", e.getCause());
        }
    }

    private static ByteSequence bytes(String text) {
        return ByteSequence.from(text, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        client.close();
        etcd.close();
    }
}
