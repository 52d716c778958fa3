using System.Globalization;
using System.Reflection;

namespace NetSuperd;

/// <summary>Reads the values of a table as values of .NET types.</summary>
/// <param name="binding">Creates the objects of tables within.</param>
/// <param name="table">The table.</param>
/// <param name="isSize">Whether numbers are sizes such as <c>"64KiB"</c>.</param>
internal sealed class SettingReader(SettingsBinding binding, Settings table, bool isSize)
{
    /// <summary>The value of a key; null where a table within is wrong.</summary>
    public object? Read(Type declared, string key)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        return type == typeof(string) ? table.GetString(key)
            : type == typeof(bool) ? table.GetBoolean(key)
            : type == typeof(TimeSpan) ? table.GetDuration(key)
            : type == typeof(FileInfo) ? new FileInfo(table.GetFile(key))
            : type == typeof(Settings) ? table.GetTable(key)
            : type.IsEnum ? Named(type, key)
            : LimitsOf(type) is var (least, most) ? Whole(type, key, least, most)
            : type == typeof(double) || type == typeof(float) || type == typeof(decimal) ? Number(type, key)
            : ElementOf(type) is { } element ? Call(nameof(List), element, key, type)
            : ValueOf(type) is { } value ? Call(nameof(Dictionary), value, key, type)
            : IsParsable(type) ? Call(nameof(Parsed), type, key, type)
            : binding.Create(type, table.GetTable(key), table.PositionOf(key));
    }

    private object Whole(Type type, string key, long least, long most)
    {
        var number = isSize ? table.GetSize(key) : table.GetInteger(key, 0, least, most);
        return number >= least && number <= most ? Convert.ChangeType(number, type, CultureInfo.InvariantCulture)
            : throw table.Error(key, $"'{key}' is too large; it may be at most {Quantity.Format(most)}");
    }

    private object Number(Type type, string key)
    {
        var number = table.GetNumber(key);
        return type != typeof(decimal) || Math.Abs(number) < (double)decimal.MaxValue
            ? Convert.ChangeType(number, type, CultureInfo.InvariantCulture)
            : throw table.Error(key, $"'{key}' is too large");
    }

    /// <summary>A name of an enumeration, which is written as a key is.</summary>
    private object Named(Type type, string key)
    {
        var names = Enum.GetNames(type).ToDictionary(SettingsBinding.KeyOf);
        return names.TryGetValue(table.GetString(key), out var name) ? Enum.Parse(type, name)
            : throw table.Error(key, $"'{key}' must be one of {string.Join(", ", names.Keys.Select(known => $"\"{known}\""))}");
    }

    /// <summary>A type that is written as a string, such as <see cref="System.Net.IPAddress"/> or <see cref="DateOnly"/>.</summary>
    private T Parsed<T>(string key, Type type)
        where T : IParsable<T> =>
        T.TryParse(table.GetString(key), CultureInfo.InvariantCulture, out var parsed) ? parsed
            : throw table.Error(key, $"'{key}' must be a string with a value of {type.Name}");

    private object List<T>(string key, Type type)
    {
        T[] items = [.. table.Items(key).Select(item => new SettingReader(binding, item, isSize).Read(typeof(T), item.Keys.Single()))
            .Select(value => value is T item ? item : default!)];
        return type.IsInstanceOfType(items) ? items : new List<T>(items);
    }

    private Dictionary<string, T> Dictionary<T>(string key, Type type)
    {
        var inner = table.GetTable(key);
        var reader = new SettingReader(binding, inner, isSize);
        return inner.Keys.ToDictionary(name => name, name => reader.Read(typeof(T), name) is T value ? value : default!);
    }

    /// <summary>Calls a method of this class with a type argument that only the type of the setting tells.</summary>
    private object? Call(string method, Type argument, string key, Type type) =>
        typeof(SettingReader).GetMethod(method, BindingFlags.Instance | BindingFlags.NonPublic)!.MakeGenericMethod(argument)
            .Invoke(this, BindingFlags.DoNotWrapExceptions, null, [key, type], CultureInfo.InvariantCulture);

    private static (long Least, long Most)? LimitsOf(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.Int64 => (long.MinValue, long.MaxValue),
        TypeCode.Int32 => (int.MinValue, int.MaxValue),
        TypeCode.Int16 => (short.MinValue, short.MaxValue),
        TypeCode.SByte => (sbyte.MinValue, sbyte.MaxValue),
        TypeCode.UInt64 => (0, long.MaxValue),
        TypeCode.UInt32 => (0, uint.MaxValue),
        TypeCode.UInt16 => (0, ushort.MaxValue),
        TypeCode.Byte => (0, byte.MaxValue),
        _ => null,
    };

    /// <summary>The type of the elements of an array, a list or an interface that an array has; null for other types.</summary>
    private static Type? ElementOf(Type type) => type.IsArray ? type.GetElementType()
        : type.IsGenericType && type.GenericTypeArguments is [var element]
            && (type.IsAssignableFrom(element.MakeArrayType()) || IsOf(type, typeof(List<>))) ? element
        : null;

    /// <summary>The type of the values of a dictionary by names; null for other types.</summary>
    private static Type? ValueOf(Type type) => type.IsGenericType && type.GenericTypeArguments is [var key, var value]
        && key == typeof(string) && type.IsAssignableFrom(typeof(Dictionary<,>).MakeGenericType(key, value)) ? value : null;

    private static bool IsParsable(Type type) =>
        type.GetInterfaces().Any(contract => IsOf(contract, typeof(IParsable<>)) && contract.GenericTypeArguments[0] == type);

    private static bool IsOf(Type type, Type definition) => type.IsGenericType && type.GetGenericTypeDefinition() == definition;
}
