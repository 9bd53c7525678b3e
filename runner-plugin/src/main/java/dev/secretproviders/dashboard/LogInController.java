package dev.secretproviders.dashboard;

import dev.secretproviders.admin.token.Authenticator;
import dev.secretproviders.dashboard.openid.OpenIdLogin;
import dev.secretproviders.dashboard.page.Item;
import dev.secretproviders.dashboard.page.Visit;
import dev.secretproviders.dashboard.session.Identity;
import dev.secretproviders.dashboard.session.LogIns;
import dev.secretproviders.dashboard.session.Sessions;
import dev.secretproviders.dashboard.session.TokenIdentity;
import dev.secretproviders.spi.Secret;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.URI;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;

/** Log-in with a token of the Admin API, and log-out. */
@Controller
class LogInController {
    private static final int TOO_MANY = 429;
    private static final int REFUSED = 401;

    private final Dashboard dashboard;
    private final LogIns logIns;

    LogInController(Dashboard dashboard, LogIns logIns) {
        this.dashboard = dashboard;
        this.logIns = logIns;
    }

    @ModelAttribute("openId")
    @Nullable
    String openId() {
        OpenIdLogin login = dashboard.openId();
        return login == null ? null : login.issuer().getHost();
    }

    @GetMapping("/login")
    String form(@RequestParam(required = false) @Nullable String to, HttpServletRequest request, Model model) {
        if (request.getAttribute(Visit.class.getName()) != null) {
            return "redirect:" + OwnPage.of(to);
        }
        return form(to, model);
    }

    private static String form(@Nullable String to, Model model) {
        String target = OwnPage.of(to);
        model.addAttribute("to", target);
        model.addAttribute("openIdPath", OpenIdController.path(target));
        return "login";
    }

    @PostMapping("/login")
    String logIn(
            @RequestParam(name = "token", defaultValue = "") String text,
            @RequestParam(required = false) @Nullable String to,
            HttpServletRequest request,
            HttpServletResponse response,
            Model model)
            throws InterruptedException {
        Authenticator authenticator = dashboard.requiredApi().authenticator();
        Authenticator.Result result;
        try (Secret presented = Secret.ofUtf8(text.strip())) {
            result = presented.length() == 0
                    ? new Authenticator.Refusal(REFUSED, "", null)
                    : authenticator.logIn(presented, request.getRemoteAddr());
        }
        return switch (result) {
            case Authenticator.Known(var caller) -> {
                Identity identity =
                        new TokenIdentity(authenticator, Objects.requireNonNull(caller.tokenId(), "it has a token"));
                yield logIns.begin(authenticator, identity, caller, request, response)
                        ? "redirect:" + OwnPage.of(to)
                        : again(TOO_MANY, "Too many people are logged in. Try again later.", to, response, model);
            }
            case Authenticator.Refusal refusal ->
                again(
                        refusal.status(),
                        text.isBlank()
                                ? "Write the token, which begins with sp_."
                                : refusal.status() == TOO_MANY
                                        ? "Too many wrong tokens came at a time. Wait some seconds, and try again."
                                        : "The token is not known, or expired. Check that you copied all of it.",
                        to,
                        response,
                        model);
        };
    }

    private static String again(
            int status, String message, @Nullable String to, HttpServletResponse response, Model model) {
        response.setStatus(status);
        model.addAttribute("problem", message);
        return form(to, model);
    }

    @PostMapping("/logout")
    String logOut(Visit visit, HttpServletRequest request, HttpServletResponse response, Model model) {
        logIns.end(dashboard.requiredApi().authenticator(), current(visit), request, response);
        return after(visit, model);
    }

    /** Ends all sessions of this log-in on every runner. */
    @PostMapping("/logout/everywhere")
    String logOutEverywhere(Visit visit, HttpServletRequest request, HttpServletResponse response, Model model) {
        Item _ = visit.send("POST", "/admin/sessions/end", Map.of(), null).orFail();
        logIns.end(dashboard.requiredApi().authenticator(), current(visit), request, response);
        return after(visit, model);
    }

    private static Sessions.Current current(Visit visit) {
        return new Sessions.Current(visit.session(), visit.caller());
    }

    /** Offers to log out at the OpenID provider, too, after a log-in there. */
    private String after(Visit visit, Model model) {
        OpenIdLogin login = dashboard.openId();
        URI provider = login != null && visit.session().identity().key().startsWith("openid/") ? login.logout() : null;
        if (provider == null) {
            return "redirect:" + DashboardServlet.LOGIN;
        }
        model.addAttribute("provider", provider.toString());
        return "loggedout";
    }
}
