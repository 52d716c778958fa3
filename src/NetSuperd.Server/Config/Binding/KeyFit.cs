using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Binding;

/// <summary>Reports the keys of a service that cannot be applied to its sockets, or only in part.</summary>
/// <param name="problems">Receives the problems.</param>
/// <param name="service">The service.</param>
/// <param name="section">Its table, with the keys of <c>[defaults]</c> behind it.</param>
internal sealed class KeyFit(Problems problems, Service service, Section<Service> section)
{
    /// <summary>Drops the value of a key: an error if the service itself has the key, and ignored if <c>[defaults]</c> has it.</summary>
    /// <returns>No value.</returns>
    public T? Drop<T>(Key<Service> key, T? value, string why)
    {
        if (!EqualityComparer<T>.Default.Equals(value, default) && section.Find(key.Name) is { } entry)
        {
            problems.Error(entry.KeyAt, CannotApply(key, why));
        }

        return default;
    }

    /// <summary>Rejects a key wherever it is set: without it, strangers would be admitted.</summary>
    public void Reject(Key<Service> key, bool isSet, string why)
    {
        if (!isSet)
        {
            return;
        }

        if (section.Find(key.Name) is { } entry)
        {
            problems.Error(entry.KeyAt, CannotApply(key, why));
        }
        else
        {
            problems.Error(
                service.At,
                $"'{key.Name}' of [defaults] cannot be applied to '{service.Name}': {why}; "
                + $"{key.Name} = {key.DefaultText} in the service itself switches it off");
        }
    }

    /// <summary>Warns of a key that is applied in part, wherever it is set.</summary>
    public void Warn(Key<Service> key, bool isSet, string how)
    {
        if (isSet)
        {
            problems.Warning(section.Find(key.Name)?.KeyAt ?? service.At, $"'{key.Name}' {how}");
        }
    }

    /// <summary>Warns of a key that is applied in part, if the service itself has it.</summary>
    public void WarnIfOwn(Key<Service> key, bool isSet, string how) => Warn(key, isSet && section.Find(key.Name) is not null, how);

    private static string CannotApply(Key<Service> key, string why) => $"'{key.Name}' cannot be applied: {why}";
}
