import dev.secretproviders.gateway.GatewayRequest;
import dev.secretproviders.gateway.RouteConf;
import dev.secretproviders.gateway.RunnerClient;
import java.nio.file.Path;

/** Authenticates with each key once, as APISIX does: {@code Call SOCKET KEY...}. */
class Call {
    public static void main(String[] arguments) throws Exception {
        try (RunnerClient client = RunnerClient.open(Path.of(arguments[0]))) {
            for (int i = 1; i < arguments.length; i++) {
                System.out.println(client.call(
                        GatewayRequest.get("/").header("apikey", arguments[i]),
                        RouteConf.of("orders", "secret-key-auth", "{}")));
            }
        }
    }
}
