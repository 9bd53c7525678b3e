package dev.secretproviders.store.etcd;

import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RangeResponse;
import io.etcd.jetcd.api.ResponseHeader;
import io.etcd.jetcd.api.WatchGrpc;
import io.etcd.jetcd.api.WatchRequest;
import io.etcd.jetcd.api.WatchResponse;
import io.grpc.Attributes;
import io.grpc.Server;
import io.grpc.ServerTransportFilter;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicInteger;

/** An etcd that does what a real one does seldom. It has no keys, and counts the clients. */
public final class EtcdStandIn implements AutoCloseable {
    private static final ResponseHeader HEADER =
            ResponseHeader.newBuilder().setRevision(1).build();

    private final AtomicInteger clients = new AtomicInteger();
    private final AtomicInteger questions = new AtomicInteger();
    private final Server server;

    private EtcdStandIn(boolean refuses) throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addTransportFilter(new ServerTransportFilter() {
                    @Override
                    public Attributes transportReady(Attributes attributes) {
                        clients.incrementAndGet();
                        return attributes;
                    }
                })
                .addService(new KVGrpc.KVImplBase() {
                    @Override
                    public void range(RangeRequest request, StreamObserver<RangeResponse> answer) {
                        questions.incrementAndGet();
                        if (refuses) {
                            answer.onError(Status.PERMISSION_DENIED.asRuntimeException());
                        } else {
                            answer.onNext(
                                    RangeResponse.newBuilder().setHeader(HEADER).build());
                            answer.onCompleted();
                        }
                    }
                })
                .addService(new WatchGrpc.WatchImplBase() {
                    @Override
                    public StreamObserver<WatchRequest> watch(StreamObserver<WatchResponse> answer) {
                        return new EndingWatch(answer);
                    }
                })
                .build()
                .start();
    }

    /** Starts one that accepts connections and refuses all questions. */
    public static EtcdStandIn refusing() throws IOException {
        return new EtcdStandIn(true);
    }

    /** Starts one that ends each watch at once, without an error. */
    public static EtcdStandIn endingWatches() throws IOException {
        return new EtcdStandIn(false);
    }

    private record EndingWatch(StreamObserver<WatchResponse> answer) implements StreamObserver<WatchRequest> {
        @Override
        public void onNext(WatchRequest request) {
            if (request.hasCreateRequest()) {
                answer.onNext(WatchResponse.newBuilder()
                        .setHeader(HEADER)
                        .setCreated(true)
                        .build());
                answer.onCompleted();
            }
        }

        @Override
        public void onError(Throwable failure) {
            // The client is gone.
        }

        @Override
        public void onCompleted() {
            // The watch has ended already.
        }
    }

    /** Returns its address. */
    public String endpoint() {
        return "http://127.0.0.1:" + server.getPort();
    }

    /** Returns how many connections of clients there were. */
    public int clients() {
        return clients.get();
    }

    /** Returns how many questions there were. */
    public int questions() {
        return questions.get();
    }

    @Override
    public void close() {
        server.shutdownNow();
    }
}
