package dev.secretproviders.transport.hosted;

import dev.secretproviders.transport.route.PreparedRoute;
import dev.secretproviders.transport.route.Step;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.apisix.plugin.runner.HttpRequest;
import org.apache.apisix.plugin.runner.HttpResponse;
import org.apache.apisix.plugin.runner.PostRequest;
import org.apache.apisix.plugin.runner.PostResponse;
import org.apache.apisix.plugin.runner.filter.PluginFilter;
import org.apache.apisix.plugin.runner.filter.PluginFilterChain;

/** The rest of a chain as one filter has it in hand: counts for its first call only. Thread-safe. */
final class HostedChain extends PluginFilterChain {
    private final ChainRun run;
    private final int next;
    private final AtomicBoolean called = new AtomicBoolean();

    HostedChain(ChainRun run, int next) {
        super(filters(run.route()));
        this.run = run;
        this.next = next;
    }

    private static List<PluginFilter> filters(PreparedRoute route) {
        return route.steps().stream()
                .filter(Step.Hosted.class::isInstance)
                .map(step -> ((Step.Hosted) step).filter())
                .toList();
    }

    @Override
    public int getIndex() {
        return next;
    }

    @Override
    public void filter(HttpRequest request, HttpResponse response) {
        proceed();
    }

    @Override
    public void postFilter(PostRequest request, PostResponse response) {
        proceed();
    }

    private void proceed() {
        if (called.compareAndSet(false, true)) {
            run.proceed(next);
        }
    }
}
