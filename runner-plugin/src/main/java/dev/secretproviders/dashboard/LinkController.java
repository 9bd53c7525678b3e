package dev.secretproviders.dashboard;

import dev.secretproviders.admin.AdminApi;
import dev.secretproviders.admin.access.Caller;
import dev.secretproviders.admin.token.Authenticator;
import dev.secretproviders.dashboard.session.FixedIdentity;
import dev.secretproviders.dashboard.session.Identity;
import dev.secretproviders.dashboard.session.LogIns;
import dev.secretproviders.dashboard.session.TokenIdentity;
import dev.secretproviders.spi.Secret;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;

/**
 * Log-in by a link that works once. The link has its code behind {@code #}, which browsers do not send. The page's script
 * posts the code. Without the script the reader does.
 */
@Controller
class LinkController {
    private static final String PAGE = "link";
    private static final int TOO_MANY = 429;

    private final Dashboard dashboard;
    private final LogIns logIns;

    LinkController(Dashboard dashboard, LogIns logIns) {
        this.dashboard = dashboard;
        this.logIns = logIns;
    }

    @GetMapping("/login/link")
    String page() {
        return PAGE;
    }

    @PostMapping("/login/link")
    String logIn(
            @RequestParam(defaultValue = "") String code,
            HttpServletRequest request,
            HttpServletResponse response,
            Model model)
            throws InterruptedException {
        AdminApi api = dashboard.requiredApi();
        Authenticator authenticator = api.authenticator();
        String address = request.getRemoteAddr();
        Identity identity;
        try (Secret presented = Secret.ofUtf8(code.strip())) {
            Caller maker =
                    presented.length() == 0 ? null : api.dashboard().links().use(presented);
            identity = maker == null ? null : identity(authenticator, maker);
        }
        Caller caller = identity == null ? null : identity.caller(address);
        if (identity == null || caller == null) {
            Authenticator.Refusal refusal = authenticator.refuseLogIn(address);
            return problem(
                    refusal.status(),
                    "This link is used, or older than a minute. Make another one, or log in with a token.",
                    response,
                    model);
        }
        if (!logIns.begin(authenticator, identity, caller, request, response)) {
            return problem(TOO_MANY, "Too many people are logged in. Try again later.", response, model);
        }
        return "redirect:" + DashboardServlet.HOME;
    }

    /** Returns the identity of a link's maker. That of a token follows the token, also if it ends. */
    private static Identity identity(Authenticator authenticator, Caller maker) {
        String token = maker.tokenId();
        return token == null
                ? new FixedIdentity("command/" + maker.name(), maker.name(), maker.roles(), maker.scope())
                : new TokenIdentity(authenticator, token);
    }

    private static String problem(int status, String message, HttpServletResponse response, Model model) {
        response.setStatus(status);
        model.addAttribute("problem", message);
        return PAGE;
    }
}
