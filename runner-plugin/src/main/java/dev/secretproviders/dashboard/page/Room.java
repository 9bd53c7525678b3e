package dev.secretproviders.dashboard.page;

/**
 * An area of the dashboard, with an entry in its navigation. Each area has one bean of this type.
 *
 * @param id the first part of its path below {@code /dashboard}, such as {@code providers}
 * @param title as the navigation shows it
 * @param icon a symbol of {@code icons.svg}
 * @param order its place in the navigation; the lowest is first
 * @param call what a caller must be able to read to see the area, such as {@code /admin/providers}
 */
public record Room(String id, String title, String icon, int order, String call) {
    /** Returns its path. */
    public String path() {
        return "/dashboard/" + id;
    }
}
