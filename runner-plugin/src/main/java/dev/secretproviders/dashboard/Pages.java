package dev.secretproviders.dashboard;

import dev.secretproviders.dashboard.page.Assets;
import dev.secretproviders.dashboard.page.Visit;
import dev.secretproviders.dashboard.session.LogIns;
import dev.secretproviders.dashboard.session.Sessions;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.MethodParameter;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;
import org.springframework.web.servlet.LocaleResolver;
import org.springframework.web.servlet.config.annotation.EnableWebMvc;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import org.springframework.web.servlet.i18n.FixedLocaleResolver;
import org.thymeleaf.cache.StandardCacheManager;
import org.thymeleaf.spring6.SpringTemplateEngine;
import org.thymeleaf.spring6.view.ThymeleafViewResolver;
import org.thymeleaf.templatemode.TemplateMode;
import org.thymeleaf.templateresolver.ClassLoaderTemplateResolver;

/** Sets up the framework of the pages. Finds the controllers of all areas. */
@Configuration(proxyBeanMethods = false)
@EnableWebMvc
@ComponentScan("dev.secretproviders.dashboard")
class Pages implements WebMvcConfigurer {
    /** Twice what the templates have. */
    static final int MOST_FRAGMENTS = 800;

    static final int MOST_EXPRESSIONS = 5_000;

    @Bean
    Assets assets() {
        return new Assets();
    }

    @Bean
    LogIns logIns(Sessions sessions) {
        return new LogIns(sessions);
    }

    @Bean
    LocaleResolver localeResolver() {
        return new FixedLocaleResolver(Locale.ENGLISH);
    }

    @Bean
    SpringTemplateEngine templateEngine() {
        ClassLoaderTemplateResolver templates = new ClassLoaderTemplateResolver(Pages.class.getClassLoader());
        templates.setPrefix("dashboard/templates/");
        templates.setSuffix(".html");
        templates.setTemplateMode(TemplateMode.HTML);
        templates.setCharacterEncoding("UTF-8");
        // The usual limits are 200 and 500. All pages have some 370 fragments, each for the template that it is in, and
        // 2,500 expressions, so that fragments and expressions would be parsed again while people use several pages.
        StandardCacheManager parsed = new StandardCacheManager();
        parsed.setTemplateCacheMaxSize(MOST_FRAGMENTS);
        parsed.setExpressionCacheMaxSize(MOST_EXPRESSIONS);
        SpringTemplateEngine engine = new SpringTemplateEngine();
        engine.setCacheManager(parsed);
        engine.setTemplateResolver(templates);
        return engine;
    }

    @Bean("viewResolver")
    ThymeleafViewResolver viewResolver(SpringTemplateEngine engine) {
        ThymeleafViewResolver resolver = new ThymeleafViewResolver();
        resolver.setTemplateEngine(engine);
        resolver.setCharacterEncoding("UTF-8");
        // The whole page or none: an error is then shown as a page of its own.
        resolver.setProducePartialOutputWhileProcessing(false);
        return resolver;
    }

    @Override
    public void addArgumentResolvers(List<HandlerMethodArgumentResolver> resolvers) {
        resolvers.add(new Visits());
    }

    /** Gives controllers the visit. */
    private static final class Visits implements HandlerMethodArgumentResolver {
        @Override
        public boolean supportsParameter(MethodParameter parameter) {
            return parameter.getParameterType() == Visit.class;
        }

        @Override
        public Object resolveArgument(
                MethodParameter parameter,
                @Nullable ModelAndViewContainer container,
                NativeWebRequest request,
                @Nullable WebDataBinderFactory binders) {
            return Objects.requireNonNull(
                    request.getAttribute(Visit.class.getName(), RequestAttributes.SCOPE_REQUEST),
                    "the servlet demands a session");
        }
    }
}
