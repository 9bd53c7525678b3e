package dev.secretproviders.provider.shared;

import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonFactoryBuilder;
import tools.jackson.core.util.JsonRecyclerPools;
import tools.jackson.databind.json.JsonMapper;

/**
 * Jackson for JSON that may hold secrets. By default Jackson keeps used text buffers in a process-wide pool, where
 * their last content remains until a buffer is reused. Thread-safe.
 */
public final class SecretJson {
    private SecretJson() {}

    /** Returns a builder of factories without a buffer pool. */
    public static JsonFactoryBuilder factory() {
        return JsonFactory.builder().recyclerPool(JsonRecyclerPools.nonRecyclingPool());
    }

    /** Returns a builder of mappers with such a factory. */
    public static JsonMapper.Builder mapper() {
        return JsonMapper.builder(factory().build());
    }
}
