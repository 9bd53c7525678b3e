package dev.secretproviders.provider.shared;

import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonFactoryBuilder;
import tools.jackson.core.util.JsonRecyclerPools;
import tools.jackson.databind.json.JsonMapper;

/**
 * Jackson for JSON that may hold secrets. By itself it keeps the buffers that texts went through in a pool of the process, where what
 * was read last waits for as long as nobody needs a buffer. Thread-safe.
 */
public final class SecretJson {
    private SecretJson() {}

    /** Returns the beginnings of a factory whose buffers are garbage once they were used. */
    public static JsonFactoryBuilder factory() {
        return JsonFactory.builder().recyclerPool(JsonRecyclerPools.nonRecyclingPool());
    }

    /** Returns the beginnings of a mapper with such a factory. */
    public static JsonMapper.Builder mapper() {
        return JsonMapper.builder(factory().build());
    }
}
